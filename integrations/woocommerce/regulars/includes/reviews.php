<?php
/**
 * Notices reviews that are posted, edited, approved, held back, marked as spam, thrown away or deleted.
 *
 * WordPress keeps no time of a change; we keep one, so that an older picture never replaces a newer one.
 *
 * @package Regulars
 */

namespace Regulars\Reviews;

use Regulars\Posts;

defined( 'ABSPATH' ) || exit;

const CHANGED = '_regulars_modified_gmt';

/**
 * Listens to what happens to comments.
 */
function start(): void {
	add_action( 'comment_post', __NAMESPACE__ . '\\note', 20 );
	add_action( 'wp_insert_comment', __NAMESPACE__ . '\\note', 20 );
	add_action( 'edit_comment', __NAMESPACE__ . '\\note', 20 );
	add_action( 'transition_comment_status', __NAMESPACE__ . '\\note_status', 20, 3 );
	add_action( 'updated_comment_meta', __NAMESPACE__ . '\\note_rating', 20, 3 );
	add_action( 'delete_comment', __NAMESPACE__ . '\\note_gone', 20, 2 );
	add_filter( 'woocommerce_rest_prepare_product_review', __NAMESPACE__ . '\\add_to_interface', 20, 2 );
}

/**
 * Tells a review from other comments.
 *
 * @param \WP_Comment $comment A comment.
 */
function is_review( $comment ): bool {
	return 'review' === $comment->comment_type && 'product' === get_post_type( (int) $comment->comment_post_ID );
}

/**
 * Notes that a comment was posted or edited.
 *
 * @param int $comment_id Its number.
 */
function note( $comment_id ): void {
	$comment = get_comment( $comment_id );
	if ( $comment && is_review( $comment ) ) {
		update_comment_meta( $comment->comment_ID, CHANGED, gmdate( 'Y-m-d\TH:i:s' ) );
		Posts\plan_review( (int) $comment->comment_ID );
	}
}

/**
 * Notes that a comment was approved, held back, marked as spam, thrown away or taken back.
 *
 * @param string      $now     Its status now.
 * @param string      $before  Its status before.
 * @param \WP_Comment $comment The comment.
 */
function note_status( $now, $before, $comment ): void {
	if ( $now !== $before && 'delete' !== $now ) {
		note( $comment->comment_ID );
	}
}

/**
 * Notes that the stars of a review were changed.
 *
 * @param int    $meta_id    Not used.
 * @param int    $comment_id The comment's number.
 * @param string $key        What was changed.
 */
function note_rating( $meta_id, $comment_id, $key ): void {
	if ( 'rating' === $key ) {
		note( $comment_id );
	}
}

/**
 * Notes that a comment is being deleted for good.
 *
 * @param int              $comment_id Its number.
 * @param \WP_Comment|null $comment    The comment.
 */
function note_gone( $comment_id, $comment = null ): void {
	$comment = $comment ? $comment : get_comment( $comment_id );
	if ( $comment && is_review( $comment ) ) {
		Posts\plan_review( (int) $comment_id, true );
	}
}

/**
 * Writes a review in the form that WooCommerce's own interface has for it.
 *
 * @param \WP_Comment $review A review.
 */
function body_of( $review ): array {
	return array(
		'id'               => (int) $review->comment_ID,
		'date_created_gmt' => str_replace( ' ', 'T', $review->comment_date_gmt ),
		'product_id'       => (int) $review->comment_post_ID,
		'status'           => status_of( $review ),
		'reviewer'         => $review->comment_author,
		'reviewer_email'   => $review->comment_author_email,
		'review'           => $review->comment_content,
		'rating'           => (int) get_comment_meta( $review->comment_ID, 'rating', true ),
		'verified'         => (bool) get_comment_meta( $review->comment_ID, 'verified', true ),
		'permalink'        => get_comment_link( $review ),
	) + own_fields( $review );
}

/**
 * Adds to the interface's answer what it leaves out, so that reading and posting say the same.
 *
 * @param \WP_REST_Response $answer The answer.
 * @param \WP_Comment       $review The review.
 */
function add_to_interface( $answer, $review ) {
	$own = own_fields( $review );
	if ( '' !== $own['date_modified_gmt'] ) {
		$answer->set_data( array( 'permalink' => get_comment_link( $review ) ) + $own + $answer->get_data() );
	}
	return $answer;
}

/**
 * Gives what only this plugin knows of a review.
 *
 * @param \WP_Comment $review A review.
 */
function own_fields( $review ): array {
	return array(
		'customer_id'       => (int) $review->user_id,
		'date_modified_gmt' => (string) get_comment_meta( $review->comment_ID, CHANGED, true ),
	);
}

/**
 * Names the status as WooCommerce's interface does.
 *
 * @param \WP_Comment $review A review.
 */
function status_of( $review ): string {
	$names = array(
		'1' => 'approved',
		'0' => 'hold',
	);
	$kept  = (string) $review->comment_approved;
	return isset( $names[ $kept ] ) ? $names[ $kept ] : $kept;
}
