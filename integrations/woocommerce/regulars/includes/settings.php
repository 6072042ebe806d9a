<?php
/**
 * Where Regulars is reached, with which secret, and what buyers are asked: a page below WooCommerce.
 *
 * @package Regulars
 */

namespace Regulars\Settings;

use Regulars\Posts;

defined( 'ABSPATH' ) || exit;

const OPTION = 'regulars_settings';
const PAGE   = 'regulars';
const MAY    = 'manage_woocommerce';

/**
 * Adds the page.
 */
function start(): void {
	add_action( 'admin_menu', __NAMESPACE__ . '\\add_page' );
	add_action( 'admin_init', __NAMESPACE__ . '\\register' );
	add_action( 'admin_post_regulars_try', __NAMESPACE__ . '\\try_out' );
	add_filter( 'option_page_capability_' . PAGE, __NAMESPACE__ . '\\who_may_save' );
}

/**
 * Gives the settings.
 */
function all(): array {
	$kept = get_option( OPTION, array() );
	return ( is_array( $kept ) ? $kept : array() ) + array(
		'url'          => '',
		'secret'       => '',
		'birthday'     => 'no',
		'consent'      => 'no',
		'consent_text' => '',
	);
}

/**
 * Tells whether Regulars can be reached with what is known.
 */
function is_complete(): bool {
	$settings = all();
	return '' !== $settings['url'] && '' !== $settings['secret'];
}

/**
 * Names who may save the settings.
 */
function who_may_save(): string {
	return MAY;
}

/**
 * Adds the page below WooCommerce.
 */
function add_page(): void {
	add_submenu_page( 'woocommerce', __( 'Regulars', 'regulars' ), __( 'Regulars', 'regulars' ), MAY, PAGE, __NAMESPACE__ . '\\show_page' );
}

/**
 * Lets WordPress check the nonce, the capability and the values of what is saved.
 */
function register(): void {
	register_setting(
		PAGE,
		OPTION,
		array(
			'type'              => 'array',
			'sanitize_callback' => __NAMESPACE__ . '\\clean',
			'show_in_rest'      => false,
		)
	);
}

/**
 * Cleans what was typed; a secret left empty stays as it was.
 *
 * @param mixed $given What was typed.
 */
function clean( $given ): array {
	$given  = is_array( $given ) ? $given : array();
	$before = all();
	$url    = isset( $given['url'] ) ? esc_url_raw( trim( (string) $given['url'] ), array( 'https', 'http' ) ) : '';
	if ( '' !== $url && ! is_safe( $url ) ) {
		add_settings_error( OPTION, 'url', __( 'The address must begin with https://. It was not changed.', 'regulars' ) );
		$url = $before['url'];
	}
	$secret = isset( $given['secret'] ) ? trim( (string) $given['secret'] ) : '';
	return array(
		'url'          => $url,
		'secret'       => '' !== $secret ? $secret : $before['secret'],
		'birthday'     => said_yes( $given, 'birthday' ),
		'consent'      => said_yes( $given, 'consent' ),
		'consent_text' => isset( $given['consent_text'] ) ? sanitize_textarea_field( $given['consent_text'] ) : '',
	);
}

/**
 * Reads a box that is ticked, or what was read of it before: WordPress cleans a first setting twice.
 *
 * @param array  $given What was typed.
 * @param string $name  The box.
 */
function said_yes( array $given, string $name ): string {
	return isset( $given[ $name ] ) && 'yes' === $given[ $name ] ? 'yes' : 'no';
}

/**
 * Tells whether news may be sent to an address: over TLS, but for a site under development.
 *
 * @param string $url An address.
 */
function is_safe( string $url ): bool {
	return 0 === strpos( $url, 'https://' ) || in_array( wp_get_environment_type(), array( 'local', 'development' ), true );
}

/**
 * Posts a greeting and says how it went.
 */
function try_out(): void {
	if ( ! current_user_can( MAY ) ) {
		wp_die( esc_html__( 'You may not do this.', 'regulars' ), '', array( 'response' => 403 ) );
	}
	check_admin_referer( 'regulars_try' );
	$status = is_complete() ? Posts\post( 'action.regulars_greeting', array( 'action' => 'regulars_greeting' ) ) : 0;
	wp_safe_redirect( add_query_arg( array( 'page' => PAGE, 'answered' => $status ), admin_url( 'admin.php' ) ) );
	exit;
}

/**
 * Says in words what an answer to the greeting means.
 *
 * @param int $status The HTTP status, 0 when nobody answered.
 */
function meaning_of( int $status ): string {
	if ( $status >= 200 && $status < 300 ) {
		return __( 'Regulars answers and knows the secret.', 'regulars' );
	}
	if ( 401 === $status ) {
		return __( 'Regulars answers, but the secret is another.', 'regulars' );
	}
	if ( 404 === $status ) {
		return __( 'Regulars answers, but knows no such store: look at the end of the address.', 'regulars' );
	}
	/* translators: %d: HTTP status. */
	return sprintf( __( 'Regulars cannot be reached at this address (%d).', 'regulars' ), $status );
}

/**
 * Shows the page.
 */
function show_page(): void {
	if ( ! current_user_can( MAY ) ) {
		return;
	}
	$settings = all();
	echo '<div class="wrap"><h1>' . esc_html__( 'Regulars', 'regulars' ) . '</h1>';
	settings_errors( OPTION );
	// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- a number that is only shown.
	if ( isset( $_GET['answered'] ) ) {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended
		echo '<div class="notice notice-info"><p>' . esc_html( meaning_of( absint( $_GET['answered'] ) ) ) . '</p></div>';
	}
	echo '<form method="post" action="' . esc_url( admin_url( 'options.php' ) ) . '">';
	settings_fields( PAGE );
	echo '<table class="form-table" role="presentation">';
	show_text( 'url', 'url', __( 'Webhook address', 'regulars' ), $settings['url'], __( 'As Regulars shows it when the store is added.', 'regulars' ) );
	show_text( 'secret', 'password', __( 'Secret', 'regulars' ), '', $settings['secret'] ? __( 'A secret is kept. Leave this empty to keep it.', 'regulars' ) : __( 'The same one that the webhooks of this shop have.', 'regulars' ) );
	show_box( 'birthday', __( 'Birthday', 'regulars' ), $settings['birthday'], __( 'Ask for it at the checkout and in the account; buyers may leave it out.', 'regulars' ) );
	show_box( 'consent', __( 'Consent', 'regulars' ), $settings['consent'], __( 'Ask at the checkout whether offers may come by e-mail. The box is never ticked beforehand.', 'regulars' ) );
	show_text( 'consent_text', 'text', __( 'Words beside the box', 'regulars' ), $settings['consent_text'], \Regulars\Consent\default_words() );
	echo '</table>';
	submit_button();
	echo '</form>';
	show_try();
	echo '</div>';
}

/**
 * Shows a line of text.
 *
 * @param string $name  Its name.
 * @param string $type  Its kind.
 * @param string $label Its label.
 * @param string $value What it holds.
 * @param string $hint  What to write.
 */
function show_text( string $name, string $type, string $label, string $value, string $hint ): void {
	printf(
		'<tr><th scope="row"><label for="regulars-%1$s">%2$s</label></th><td><input id="regulars-%1$s" name="%3$s[%1$s]" type="%4$s" value="%5$s" class="regular-text" autocomplete="off"><p class="description">%6$s</p></td></tr>',
		esc_attr( $name ),
		esc_html( $label ),
		esc_attr( OPTION ),
		esc_attr( $type ),
		esc_attr( $value ),
		esc_html( $hint )
	);
}

/**
 * Shows a box to tick.
 *
 * @param string $name  Its name.
 * @param string $label Its label.
 * @param string $value yes or no.
 * @param string $hint  What it does.
 */
function show_box( string $name, string $label, string $value, string $hint ): void {
	printf(
		'<tr><th scope="row">%1$s</th><td><label><input name="%2$s[%3$s]" type="checkbox" value="yes"%4$s> %5$s</label></td></tr>',
		esc_html( $label ),
		esc_attr( OPTION ),
		esc_attr( $name ),
		checked( 'yes', $value, false ),
		esc_html( $hint )
	);
}

/**
 * Shows the button that greets Regulars.
 */
function show_try(): void {
	echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '">';
	echo '<input type="hidden" name="action" value="regulars_try">';
	wp_nonce_field( 'regulars_try' );
	submit_button( __( 'Greet Regulars', 'regulars' ), 'secondary' );
	echo '</form>';
}
