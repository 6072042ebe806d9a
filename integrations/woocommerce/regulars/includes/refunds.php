<?php
/**
 * Adds to each refund of an order when it was made, in the interface and in the webhooks, which are made of it.
 *
 * @package Regulars
 */

namespace Regulars\Refunds;

defined( 'ABSPATH' ) || exit;

/**
 * Listens to orders that are shown.
 */
function start(): void {
	add_filter( 'woocommerce_rest_prepare_shop_order_object', __NAMESPACE__ . '\\add_dates', 20, 2 );
}

/**
 * Adds the dates.
 *
 * @param \WP_REST_Response $answer The answer.
 * @param \WC_Order         $order  The order.
 */
function add_dates( $answer, $order ) {
	$told = $answer->get_data();
	if ( empty( $told['refunds'] ) ) {
		return $answer;
	}
	$dates = array();
	foreach ( $order->get_refunds() as $refund ) {
		$made = $refund->get_date_created();
		if ( $made ) {
			$dates[ $refund->get_id() ] = gmdate( 'Y-m-d\TH:i:s', $made->getTimestamp() );
		}
	}
	foreach ( $told['refunds'] as $place => $refund ) {
		if ( isset( $dates[ $refund['id'] ] ) ) {
			$told['refunds'][ $place ]['date_created_gmt'] = $dates[ $refund['id'] ];
		}
	}
	$answer->set_data( $told );
	return $answer;
}
