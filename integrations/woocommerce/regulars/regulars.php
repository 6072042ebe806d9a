<?php
/**
 * Plugin Name:          Regulars for WooCommerce
 * Description:          Tells Regulars what WooCommerce's own webhooks leave out: reviews, refund dates, birthdays and consent given at the checkout.
 * Version:              0.1.0
 * Requires at least:    6.1
 * Requires PHP:         7.4
 * Requires Plugins:     woocommerce
 * WC requires at least: 7.9
 * Author:               The Regulars contributors
 * License:              MIT (compatible with the GPL, version 2 or later)
 * License URI:          https://opensource.org/license/mit
 * Text Domain:          regulars
 * Domain Path:          /languages
 *
 * @package Regulars
 */

namespace Regulars;

defined( 'ABSPATH' ) || exit;

const GROUP = 'regulars';

require_once __DIR__ . '/includes/settings.php';
require_once __DIR__ . '/includes/posts.php';
require_once __DIR__ . '/includes/reviews.php';
require_once __DIR__ . '/includes/refunds.php';
require_once __DIR__ . '/includes/checkout.php';
require_once __DIR__ . '/includes/birthday.php';
require_once __DIR__ . '/includes/consent.php';

add_action( 'before_woocommerce_init', __NAMESPACE__ . '\\declare_compatible' );
add_action( 'init', __NAMESPACE__ . '\\load_words' );
add_action( 'plugins_loaded', __NAMESPACE__ . '\\start' );
register_deactivation_hook( __FILE__, __NAMESPACE__ . '\\stop' );

/**
 * Starts every part, once WooCommerce is there.
 */
function start(): void {
	if ( ! class_exists( 'WooCommerce' ) ) {
		return;
	}
	Settings\start();
	Posts\start();
	Reviews\start();
	Refunds\start();
	Birthday\start();
	Consent\start();
}

/**
 * Takes back what was planned but not sent.
 */
function stop(): void {
	if ( function_exists( 'as_unschedule_all_actions' ) ) {
		as_unschedule_all_actions( Posts\HOOK, array(), GROUP );
	}
}

/**
 * Says that orders may lie in their own tables and that the block checkout is served.
 */
function declare_compatible(): void {
	$features = '\\Automattic\\WooCommerce\\Utilities\\FeaturesUtil';
	if ( class_exists( $features ) ) {
		$features::declare_compatibility( 'custom_order_tables', __FILE__, true );
		$features::declare_compatibility( 'cart_checkout_blocks', __FILE__, true );
	}
}

/**
 * Loads the translations.
 */
function load_words(): void {
	load_plugin_textdomain( 'regulars', false, dirname( plugin_basename( __FILE__ ) ) . '/languages' );
}
