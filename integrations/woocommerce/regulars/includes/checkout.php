<?php
/**
 * Knows which checkout the shop has: the one made of blocks or the classic one.
 *
 * @package Regulars
 */

namespace Regulars\Checkout;

defined( 'ABSPATH' ) || exit;

/**
 * Tells whether the checkout page is made of blocks and can be given fields of ours.
 */
function is_of_blocks(): bool {
	return function_exists( 'woocommerce_register_additional_checkout_field' )
		&& class_exists( 'WC_Blocks_Utils' )
		&& \WC_Blocks_Utils::has_block_in_page( wc_get_page_id( 'checkout' ), 'woocommerce/checkout' );
}
