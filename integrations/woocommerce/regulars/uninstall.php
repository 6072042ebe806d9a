<?php
/**
 * Forgets the address and the secret. What buyers said stays with their orders.
 *
 * @package Regulars
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

delete_option( 'regulars_settings' );
