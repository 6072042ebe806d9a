<?php
/**
 * Asks at the checkout whether offers may come by e-mail, and keeps what was said.
 *
 * The box is never ticked beforehand. Only a tick is kept: that it was given, when, and the words it stood beside.
 * A box left empty says nothing, not even no.
 *
 * @package Regulars
 */

namespace Regulars\Consent;

use Regulars\Checkout;
use Regulars\Settings;

defined( 'ABSPATH' ) || exit;

const META        = '_regulars_consent';
const FIELD       = 'regulars_consent';
const BLOCK_FIELD = 'regulars/consent';

/**
 * Adds the box where the seller wants it.
 */
function start(): void {
	if ( 'yes' !== Settings\all()['consent'] ) {
		return;
	}
	add_action( 'woocommerce_checkout_before_terms_and_conditions', __NAMESPACE__ . '\\show_box' );
	add_action( 'woocommerce_checkout_create_order', __NAMESPACE__ . '\\keep_box' );
	add_action( 'woocommerce_init', __NAMESPACE__ . '\\add_block_box' );
	add_action( 'woocommerce_set_additional_field_value', __NAMESPACE__ . '\\keep_block_box', 10, 4 );
	add_action( 'woocommerce_admin_order_data_after_billing_address', __NAMESPACE__ . '\\show_to_seller' );
}

/**
 * Gives the words beside the box.
 */
function words(): string {
	$chosen = (string) Settings\all()['consent_text'];
	$words  = '' !== $chosen ? $chosen : default_words();
	/**
	 * Lets a shop write the words itself, for example in the buyer's language. Plain text.
	 *
	 * @param string $words The words of the settings.
	 */
	return wp_strip_all_tags( (string) apply_filters( 'regulars_consent_text', $words ) );
}

/**
 * Gives the words of a shop that has chosen none.
 */
function default_words(): string {
	/* translators: %s: name of the shop. */
	return sprintf( __( 'Yes, %s may send me offers by e-mail. I can take this back at any time.', 'regulars' ), get_bloginfo( 'name' ) );
}

/**
 * Shows the box in the classic checkout.
 */
function show_box(): void {
	woocommerce_form_field(
		FIELD,
		array(
			'type'     => 'checkbox',
			'label'    => esc_html( words() ),
			'required' => false,
			'default'  => 0,
		),
		0
	);
}

/**
 * Keeps a tick of the classic checkout with the order.
 *
 * @param \WC_Order $order The order before it is saved.
 */
function keep_box( $order ): void {
	// WooCommerce has checked the nonce of the checkout before it makes the order.
	// phpcs:ignore WordPress.Security.NonceVerification.Missing
	if ( ! empty( $_POST[ FIELD ] ) ) {
		$order->update_meta_data( META, statement() );
	}
}

/**
 * Adds the box to the checkout made of blocks.
 */
function add_block_box(): void {
	if ( ! Checkout\is_of_blocks() ) {
		return;
	}
	woocommerce_register_additional_checkout_field(
		array(
			'id'            => BLOCK_FIELD,
			'label'         => words(),
			'optionalLabel' => words(),
			'location'      => 'order',
			'type'          => 'checkbox',
			'required'      => false,
		)
	);
}

/**
 * Keeps a tick of the blocks with the order; a tick taken back before the order is placed is forgotten.
 *
 * @param string $key    The field.
 * @param mixed  $value  Whether it is ticked.
 * @param string $group  Not used.
 * @param object $holder The order.
 */
function keep_block_box( $key, $value, $group, $holder ): void {
	if ( BLOCK_FIELD !== $key || ! $holder instanceof \WC_Order ) {
		return;
	}
	if ( ! filter_var( $value, FILTER_VALIDATE_BOOLEAN ) ) {
		$holder->delete_meta_data( META );
	} elseif ( ! $holder->get_meta( META ) ) {
		$holder->update_meta_data( META, statement() );
	}
}

/**
 * Writes down what was said.
 */
function statement(): array {
	$words = words();
	return array(
		'channel' => 'email',
		'status'  => 'granted',
		'at'      => gmdate( 'Y-m-d\TH:i:s\Z' ),
		'text'    => $words,
		'version' => substr( hash( 'sha256', $words ), 0, 12 ),
	);
}

/**
 * Shows the seller what was said.
 *
 * @param \WC_Order $order An order.
 */
function show_to_seller( $order ): void {
	$said = $order->get_meta( META );
	if ( is_array( $said ) && isset( $said['text'], $said['at'] ) ) {
		printf(
			'<p><strong>%1$s</strong> %2$s (%3$s)</p>',
			esc_html__( 'Offers by e-mail:', 'regulars' ),
			esc_html( $said['text'] ),
			esc_html( $said['at'] )
		);
	}
}
