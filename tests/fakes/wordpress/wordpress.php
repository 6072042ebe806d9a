<?php
/**
 * As much of WordPress and WooCommerce as the plugin touches, kept in arrays: hooks, options, comments, planned jobs,
 * orders. What the plugin posts is written down in $posts; $answers says how the other side answers.
 */

define( 'ABSPATH', __DIR__ . '/' );

$hooks    = array();
$options  = array();
$comments = array();
$meta     = array();
$jobs     = array();
$posts    = array();
$answers  = array();
$logged   = array();
$notices  = array();
$blocks   = array();
$has_blocks = false;
$pages    = array();
$allowed  = true;

class WooCommerce {}

class WP_Error {
	public $errors = array();
	public function __construct( $code = '', $message = '' ) {
		if ( '' !== $code ) {
			$this->add( $code, $message );
		}
	}
	public function add( $code, $message ) {
		$this->errors[ $code ][] = $message;
	}
}

class WP_Comment {
	public $comment_ID;
	public $comment_post_ID = 93;
	public $comment_type = 'review';
	public $comment_approved = '1';
	public $comment_author = 'Mei Lin';
	public $comment_author_email = 'mei.lin@example.test';
	public $comment_content = "Smells of hay.\nI wanted “flowers”.";
	public $comment_date_gmt = '2026-11-20 12:00:00';
	public $user_id = 25;
	public function __construct( $id ) {
		$this->comment_ID = (string) $id;
	}
}

class WP_REST_Response {
	private $told;
	public function __construct( $told ) {
		$this->told = $told;
	}
	public function get_data() {
		return $this->told;
	}
	public function set_data( $told ) {
		$this->told = $told;
	}
}

class WC_Holder {
	public $meta = array();
	public function update_meta_data( $key, $value ) {
		$this->meta[ $key ] = $value;
	}
	public function delete_meta_data( $key ) {
		unset( $this->meta[ $key ] );
	}
	public function get_meta( $key ) {
		return $this->meta[ $key ] ?? '';
	}
}

class WC_Order extends WC_Holder {
	public $refunds = array();
	public function get_refunds() {
		return $this->refunds;
	}
}

class WC_Customer extends WC_Holder {}

class Refund {
	private $id;
	private $made;
	public function __construct( $id, $made ) {
		$this->id   = $id;
		$this->made = $made;
	}
	public function get_id() {
		return $this->id;
	}
	public function get_date_created() {
		return $this->made ? new DateTime( $this->made ) : null;
	}
}

class WC_Blocks_Utils {
	public static function has_block_in_page( $page, $block ) {
		global $has_blocks;
		return $has_blocks && 'woocommerce/checkout' === $block;
	}
}

class Left extends Exception {}

function add_action( $name, $what, $priority = 10, $most = 1 ) {
	global $hooks;
	$hooks[ $name ][ $priority ][] = array( $what, $most );
}
function add_filter( $name, $what, $priority = 10, $most = 1 ) {
	add_action( $name, $what, $priority, $most );
}
function apply_filters( $name, $value, ...$rest ) {
	global $hooks;
	$listed = $hooks[ $name ] ?? array();
	ksort( $listed );
	foreach ( $listed as $listeners ) {
		foreach ( $listeners as list( $what, $most ) ) {
			$value = $what( ...array_slice( array( $value, ...$rest ), 0, $most ) );
		}
	}
	return $value;
}
function do_action( $name, ...$given ) {
	global $hooks;
	$listed = $hooks[ $name ] ?? array();
	ksort( $listed );
	foreach ( $listed as $listeners ) {
		foreach ( $listeners as list( $what, $most ) ) {
			$what( ...array_slice( $given, 0, $most ) );
		}
	}
}
function register_deactivation_hook( $file, $what ) {
	add_action( 'deactivate', $what );
}

function get_option( $name, $default = false ) {
	global $options;
	return $options[ $name ] ?? $default;
}
function register_setting( $page, $name, $form ) {
	add_filter( "sanitize_option_$name", $form['sanitize_callback'] );
}
function update_option( $name, $value ) {
	global $options;
	$clean = apply_filters( "sanitize_option_$name", $value );
	// An option that is not there yet is added, and cleaned once more on its way.
	$options[ $name ] = isset( $options[ $name ] ) ? $clean : apply_filters( "sanitize_option_$name", $clean );
}

function get_comment( $id ) {
	global $comments;
	return $comments[ (int) $id ] ?? null;
}
function get_comment_meta( $id, $key, $single ) {
	global $meta;
	return $meta[ (int) $id ][ $key ] ?? '';
}
function update_comment_meta( $id, $key, $value ) {
	global $meta;
	$meta[ (int) $id ][ $key ] = $value;
	do_action( 'updated_comment_meta', 1, (int) $id, $key, $value );
}
function get_comment_link( $comment ) {
	return 'https://tea.example.test/oolong#comment-' . $comment->comment_ID;
}
function get_post_type( $id ) {
	return 93 === $id ? 'product' : 'post';
}

function as_next_scheduled_action( $hook, $job, $group ) {
	global $jobs;
	foreach ( $jobs as $planned ) {
		if ( $planned['hook'] === $hook && $planned['job'] === $job ) {
			return $planned['at'];
		}
	}
	return false;
}
function as_schedule_single_action( $at, $hook, $job, $group ) {
	global $jobs;
	$jobs[] = array(
		'at'    => $at,
		'in'    => $at - time(),
		'hook'  => $hook,
		'job'   => $job,
		'group' => $group,
	);
}
function as_unschedule_all_actions( $hook, $job, $group ) {
	global $jobs;
	$jobs = array();
}

function wp_safe_remote_post( $url, $given ) {
	global $posts, $answers;
	$posts[] = array(
		'url'         => $url,
		'headers'     => $given['headers'],
		'body'        => $given['body'],
		'redirection' => $given['redirection'],
	);
	$status = $answers ? array_shift( $answers ) : 200;
	return $status ? array( 'status' => $status ) : new WP_Error( 'http_request_failed', 'no answer' );
}
function is_wp_error( $thing ) {
	return $thing instanceof WP_Error;
}
function wp_remote_retrieve_response_code( $answer ) {
	return $answer['status'];
}
function wp_json_encode( $told ) {
	return json_encode( $told );
}
function wc_get_logger() {
	return new class() {
		public function error( $text, $where ) {
			global $logged;
			$logged[] = $text;
		}
	};
}

function current_user_can( $what ) {
	global $allowed;
	return $allowed && 'manage_woocommerce' === $what;
}
function check_admin_referer( $what ) {
	if ( ( $_REQUEST['_wpnonce'] ?? '' ) !== "nonce-$what" ) {
		throw new Left( 'nonce' );
	}
}
function wp_die( $text ) {
	throw new Left( 'died' );
}
function wp_safe_redirect( $url ) {
	throw new Left( $url );
}
function add_query_arg( $more, $url ) {
	return $url . '?' . http_build_query( $more );
}
function admin_url( $place ) {
	return "https://tea.example.test/wp-admin/$place";
}
function home_url( $place ) {
	return "https://tea.example.test$place";
}
function add_submenu_page( $parent, $title, $label, $may, $slug, $what ) {
	global $pages;
	$pages[ $slug ] = array( $may, $what );
}
function add_settings_error( $option, $code, $text ) {
	global $notices;
	$notices[] = $text;
}
function wc_add_notice( $text, $kind ) {
	global $notices;
	$notices[] = $text;
}
function settings_errors( $option ) {}
function settings_fields( $page ) {
	echo '<input name="_wpnonce" value="nonce-' . $page . '-options">';
}
function wp_nonce_field( $what ) {
	echo '<input name="_wpnonce" value="nonce-' . $what . '">';
}
function submit_button( $label = 'Save' ) {
	echo '<button>' . $label . '</button>';
}
function checked( $one, $other, $echo ) {
	return $one === $other ? ' checked="checked"' : '';
}
function wp_get_environment_type() {
	return 'production';
}
function get_bloginfo( $what ) {
	return 'Tea & Co';
}
function absint( $number ) {
	return abs( (int) $number );
}

function esc_html( $text ) {
	return htmlspecialchars( $text, ENT_QUOTES );
}
function esc_attr( $text ) {
	return htmlspecialchars( $text, ENT_QUOTES );
}
function esc_url( $text ) {
	return htmlspecialchars( $text, ENT_QUOTES );
}
function esc_html__( $text, $domain ) {
	return esc_html( $text );
}
function __( $text, $domain ) {
	return $text;
}
function esc_url_raw( $url, $kinds ) {
	return in_array( parse_url( $url, PHP_URL_SCHEME ), $kinds, true ) ? $url : '';
}
function sanitize_text_field( $text ) {
	return trim( strip_tags( (string) $text ) );
}
function sanitize_textarea_field( $text ) {
	return trim( strip_tags( (string) $text ) );
}
function wp_strip_all_tags( $text ) {
	return trim( strip_tags( $text ) );
}
function wp_unslash( $text ) {
	return stripslashes( $text );
}

function wc_get_page_id( $page ) {
	return 7;
}
function woocommerce_register_additional_checkout_field( $field ) {
	global $blocks;
	$blocks[ $field['id'] ] = $field;
}
function woocommerce_form_field( $name, $form, $value ) {
	echo '<input type="' . $form['type'] . '" name="' . $name . '"' . ( $value ? ' checked' : '' ) . '> ' . $form['label'];
}
