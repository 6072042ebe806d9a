<?php
/**
 * Asks for the birthday, never as a must: at the checkout and in the account.
 *
 * It is kept as `_billing_birthday` with the order and as `billing_birthday` with the customer, written 1990-02-28.
 *
 * @package Regulars
 */

namespace Regulars\Birthday;

use Regulars\Checkout;
use Regulars\Settings;

defined( 'ABSPATH' ) || exit;

const NAME        = 'billing_birthday';
const BLOCK_FIELD = 'regulars/birthday';

/**
 * Adds the field where the seller wants it.
 */
function start(): void {
	add_filter( 'woocommerce_privacy_remove_order_personal_data_meta', __NAMESPACE__ . '\\erase_with_order' );
	if ( 'yes' !== Settings\all()['birthday'] ) {
		return;
	}
	// WooCommerce keeps billing fields by itself, with the order and with the customer.
	add_filter( 'woocommerce_billing_fields', __NAMESPACE__ . '\\add_field' );
	add_action( 'woocommerce_after_checkout_validation', __NAMESPACE__ . '\\check_checkout', 10, 2 );
	add_action( 'woocommerce_after_save_address_validation', __NAMESPACE__ . '\\check_account', 10, 2 );
	add_action( 'woocommerce_init', __NAMESPACE__ . '\\add_block_field' );
	add_action( 'woocommerce_set_additional_field_value', __NAMESPACE__ . '\\keep_block_value', 10, 4 );
}

/**
 * Adds the field to the billing address of the classic checkout and of the account.
 *
 * @param array $fields The fields there are.
 */
function add_field( $fields ) {
	if ( ! Checkout\is_of_blocks() ) {
		$fields[ NAME ] = array(
			'type'         => 'date',
			'label'        => __( 'Birthday', 'regulars' ),
			'required'     => false,
			'class'        => array( 'form-row-wide' ),
			'autocomplete' => 'bday',
			'priority'     => 120,
		);
	}
	return $fields;
}

/**
 * Adds the field to the checkout made of blocks, which shows it in the account as well.
 */
function add_block_field(): void {
	if ( ! Checkout\is_of_blocks() ) {
		return;
	}
	woocommerce_register_additional_checkout_field(
		array(
			'id'                => BLOCK_FIELD,
			'label'             => __( 'Birthday (YYYY-MM-DD)', 'regulars' ),
			'optionalLabel'     => __( 'Birthday, YYYY-MM-DD (optional)', 'regulars' ),
			'location'          => 'contact',
			'type'              => 'text',
			'required'          => false,
			'attributes'        => array(
				'autocomplete' => 'bday',
				'pattern'      => '[0-9]{4}-[0-9]{2}-[0-9]{2}',
				'title'        => __( 'For example 1990-02-28', 'regulars' ),
			),
			'sanitize_callback' => 'sanitize_text_field',
			'validate_callback' => __NAMESPACE__ . '\\check_block_value',
		)
	);
}

/**
 * Keeps what was typed into blocks where the classic checkout keeps it.
 *
 * @param string $key    The field.
 * @param mixed  $value  What was typed.
 * @param string $group  Not used.
 * @param object $holder The order or the customer.
 */
function keep_block_value( $key, $value, $group, $holder ): void {
	if ( BLOCK_FIELD === $key && is_day( (string) $value ) ) {
		$holder->update_meta_data( $holder instanceof \WC_Order ? '_' . NAME : NAME, $value );
	}
}

/**
 * Checks the classic checkout.
 *
 * @param array     $posted What was typed.
 * @param \WP_Error $errors What is wrong so far.
 */
function check_checkout( $posted, $errors ): void {
	$value = isset( $posted[ NAME ] ) ? (string) $posted[ NAME ] : '';
	if ( '' !== $value && ! is_day( $value ) ) {
		$errors->add( 'validation', words_of_refusal() );
	}
}

/**
 * Checks the address form of the account.
 *
 * @param int    $user_id Not used.
 * @param string $type    Which address it is.
 */
function check_account( $user_id, $type ): void {
	// WooCommerce has checked the nonce of this form before.
	// phpcs:ignore WordPress.Security.NonceVerification.Missing
	$value = isset( $_POST[ NAME ] ) ? sanitize_text_field( wp_unslash( $_POST[ NAME ] ) ) : '';
	if ( 'billing' === $type && '' !== $value && ! is_day( $value ) ) {
		wc_add_notice( words_of_refusal(), 'error' );
	}
}

/**
 * Checks the checkout made of blocks.
 *
 * @param string $value What was typed.
 */
function check_block_value( $value ) {
	$value = (string) $value;
	return '' === $value || is_day( $value ) ? null : new \WP_Error( 'regulars_birthday', words_of_refusal() );
}

/**
 * Says what is wrong.
 */
function words_of_refusal(): string {
	return __( 'Please write the birthday as a day in the past, such as 1990-02-28, or leave it out.', 'regulars' );
}

/**
 * Tells whether a text is a day that somebody alive may be born on.
 *
 * @param string $text A text.
 */
function is_day( string $text ): bool {
	if ( ! preg_match( '/^([0-9]{4})-([0-9]{2})-([0-9]{2})$/D', $text, $found ) ) {
		return false;
	}
	$is_known = checkdate( (int) $found[2], (int) $found[3], (int) $found[1] );
	return $is_known && $found[1] >= '1900' && $text < gmdate( 'Y-m-d' );
}

/**
 * Lets WooCommerce's eraser take the birthday from an order.
 *
 * @param array $names Meta data that is erased, with its kind.
 */
function erase_with_order( $names ) {
	$names[ '_' . NAME ] = 'text';
	return $names;
}
