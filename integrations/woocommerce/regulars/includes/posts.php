<?php
/**
 * Posts news to Regulars, signed the way WooCommerce signs its webhooks, and tries again for two days.
 *
 * WooCommerce's own webhooks are sent once and forgotten; these wait in the Action Scheduler. A job carries a
 * review's number only: the body is written when it is sent, so it always says how things stand then.
 *
 * @package Regulars
 */

namespace Regulars\Posts;

use Regulars\Reviews;
use Regulars\Settings;
use const Regulars\GROUP;

defined( 'ABSPATH' ) || exit;

const HOOK = 'regulars_post_review';

// Several changes of one page request become one post.
const GATHER_SECONDS = 5;

// The pauses between tries, in seconds; after the last the news is given up and logged.
const PAUSES = array( 60, 300, 1800, 7200, 21600, 43200, 86400 );

/**
 * Listens for its own jobs.
 */
function start(): void {
	add_action( HOOK, __NAMESPACE__ . '\\send_review', 10, 3 );
}

/**
 * Plans the post of a review unless one is waiting already.
 *
 * @param int  $review_id The number of the comment.
 * @param bool $gone      Whether it was deleted for good.
 */
function plan_review( int $review_id, bool $gone = false ): void {
	$job = array( $review_id, $gone, 0 );
	if ( ! Settings\is_complete() || is_int( as_next_scheduled_action( HOOK, $job, GROUP ) ) ) {
		return;
	}
	as_schedule_single_action( time() + GATHER_SECONDS, HOOK, $job, GROUP );
}

/**
 * Sends a review as it is now, or plans another try.
 *
 * @param int  $review_id The number of the comment.
 * @param bool $gone      Whether it was deleted for good.
 * @param int  $tried     How often it was tried before.
 */
function send_review( $review_id, $gone = false, $tried = 0 ): void {
	$review = $gone ? null : get_comment( $review_id );
	if ( $review && Reviews\is_review( $review ) ) {
		$status = post( 'review.updated', Reviews\body_of( $review ) );
	} else {
		$status = post( 'review.deleted', array( 'id' => (int) $review_id ) );
	}
	if ( $status >= 200 && $status < 300 ) {
		return;
	}
	if ( isset( PAUSES[ $tried ] ) ) {
		as_schedule_single_action( time() + PAUSES[ $tried ], HOOK, array( (int) $review_id, (bool) $gone, $tried + 1 ), GROUP );
		return;
	}
	wc_get_logger()->error(
		sprintf( 'Review %1$d could not be told to Regulars (%2$d).', $review_id, $status ),
		array( 'source' => 'regulars' )
	);
}

/**
 * Posts a body under a topic; gives the HTTP status, 0 when nobody answered.
 *
 * @param string $topic The topic, such as review.updated.
 * @param array  $told  The body.
 */
function post( string $topic, array $told ): int {
	$settings = Settings\all();
	$body     = wp_json_encode( $told );
	$parts    = explode( '.', $topic, 2 );
	$answer   = wp_safe_remote_post(
		$settings['url'],
		array(
			'timeout'     => 15,
			'redirection' => 0,
			'body'        => $body,
			'headers'     => array(
				'Content-Type'            => 'application/json',
				'X-WC-Webhook-Source'     => home_url( '/' ),
				'X-WC-Webhook-Topic'      => $topic,
				'X-WC-Webhook-Resource'   => $parts[0],
				'X-WC-Webhook-Event'      => $parts[1],
				'X-WC-Webhook-Signature'  => signature( $body, $settings['secret'] ),
			),
		)
	);
	return is_wp_error( $answer ) ? 0 : (int) wp_remote_retrieve_response_code( $answer );
}

/**
 * Signs a body as WooCommerce does.
 *
 * @param string $body   The body as it is sent.
 * @param string $secret The secret as Regulars shows it.
 */
function signature( string $body, string $secret ): string {
	// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions.obfuscation_base64_encode -- the form of the signature.
	return base64_encode( hash_hmac( 'sha256', $body, $secret, true ) );
}
