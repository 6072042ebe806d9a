<?php
/**
 * Loads the plugin into the WordPress of these tests, plays one scene and prints as JSON what came of it.
 *
 * php play.php SCENE
 */

error_reporting( E_ALL );
set_error_handler(
	function ( $level, $text, $file, $line ) {
		throw new ErrorException( $text, 0, $level, $file, $line );
	}
);
require __DIR__ . '/wordpress.php';

const URL = 'https://crm.example.test/webhooks/tea-house';

function begin( array $settings = array() ): void {
	global $options;
	$options['regulars_settings'] = $settings + array(
		'url'    => URL,
		'secret' => 's3cret-of-the-tea-house',
	);
	require dirname( __DIR__, 3 ) . '/integrations/woocommerce/regulars/regulars.php';
	do_action( 'plugins_loaded' );
	do_action( 'admin_init' );
	do_action( 'woocommerce_init' );
}

/** Runs what is planned, in order, and what that plans, at most so many jobs. */
function work( int $most = 100 ): void {
	global $jobs;
	while ( $jobs && $most-- > 0 ) {
		$planned = array_shift( $jobs );
		do_action( $planned['hook'], ...$planned['job'] );
	}
}

function review( int $id, array $changes = array() ): WP_Comment {
	global $comments, $meta;
	$comments[ $id ] = new WP_Comment( $id );
	foreach ( $changes as $name => $value ) {
		$comments[ $id ]->$name = $value;
	}
	$meta[ $id ] = array(
		'rating'   => '2',
		'verified' => '1',
	);
	return $comments[ $id ];
}

function caught( callable $what ): string {
	try {
		$what();
	} catch ( Left $left ) {
		return $left->getMessage();
	}
	return '';
}

function drawn( callable $what ): string {
	ob_start();
	$what();
	return ob_get_clean();
}

$scenes = array(
	'posted'   => function () {
		begin();
		review( 20 );
		do_action( 'wp_insert_comment', 20 );
		do_action( 'comment_post', 20 );
		work();
	},
	'moderated' => function () {
		global $comments;
		begin();
		review( 20 );
		foreach ( array( '0', '1', 'spam', 'trash', '1' ) as $status ) {
			$comments[20]->comment_approved = $status;
			do_action( 'transition_comment_status', "new-$status", 'other', $comments[20] );
			work();
		}
	},
	'rated'    => function () {
		begin();
		review( 20 );
		update_comment_meta( 20, 'rating', '5' );
		update_comment_meta( 20, 'likes', '5' );
		work();
	},
	'deleted'  => function () {
		global $comments;
		begin();
		do_action( 'delete_comment', 20, review( 20 ) );
		unset( $comments[20] );
		work();
	},
	'others'   => function () {
		begin();
		review( 20, array( 'comment_type' => 'comment' ) );
		review( 21, array( 'comment_post_ID' => 5 ) );
		foreach ( array( 20, 21, 22 ) as $id ) {
			do_action( 'comment_post', $id );
			do_action( 'delete_comment', $id, get_comment( $id ) );
		}
		work();
	},
	'unset'    => function () {
		begin( array( 'secret' => '' ) );
		review( 20 );
		do_action( 'comment_post', 20 );
		work();
	},
	'away'     => function () {
		global $answers, $jobs;
		begin();
		$answers = array( 0, 503, 401 );
		review( 20 );
		do_action( 'comment_post', 20 );
		$pauses = array();
		while ( $jobs ) {
			$pauses[] = end( $jobs )['in'];
			work( 1 );
		}
		return $pauses;
	},
	'gone_for_good' => function () {
		global $answers;
		begin();
		$answers = array_fill( 0, 50, 500 );
		review( 20 );
		do_action( 'comment_post', 20 );
		work();
	},
	'interface' => function () {
		begin();
		$review = review( 20 );
		$told   = array( 'id' => 20, 'rating' => 2 );
		$before = apply_filters( 'woocommerce_rest_prepare_product_review', new WP_REST_Response( $told ), $review )->get_data();
		do_action( 'edit_comment', 20 );
		$after = apply_filters( 'woocommerce_rest_prepare_product_review', new WP_REST_Response( $told ), $review )->get_data();
		return array( $before, $after );
	},
	'refunds'  => function () {
		begin();
		$order          = new WC_Order();
		$order->refunds = array( new Refund( 777, '2026-11-21T10:00:00+01:00' ), new Refund( 778, null ) );
		$told           = array( 'refunds' => array( array( 'id' => 777, 'total' => '-5.00' ), array( 'id' => 778, 'total' => '-0.40' ) ) );
		return array(
			apply_filters( 'woocommerce_rest_prepare_shop_order_object', new WP_REST_Response( $told ), $order )->get_data(),
			apply_filters( 'woocommerce_rest_prepare_shop_order_object', new WP_REST_Response( array( 'id' => 1 ) ), $order )->get_data(),
		);
	},
	'birthday' => function () {
		global $notices, $blocks;
		begin( array( 'birthday' => 'yes' ) );
		$fields = apply_filters( 'woocommerce_billing_fields', array( 'billing_email' => array() ) );
		$found  = array();
		foreach ( array( '', '1990-02-28', '1990-02-30', '2990-01-01', '1890-01-01', "1990-02-28\n", 'soon' ) as $typed ) {
			$errors = new WP_Error();
			do_action( 'woocommerce_after_checkout_validation', array( 'billing_birthday' => $typed ), $errors );
			$found[ $typed ] = array() === $errors->errors;
		}
		$_POST['billing_birthday'] = 'soon';
		do_action( 'woocommerce_after_save_address_validation', 1, 'billing' );
		do_action( 'woocommerce_after_save_address_validation', 1, 'shipping' );
		return array( array_keys( $fields ), $fields['billing_birthday']['required'], $found, count( $notices ), array_keys( $blocks ) );
	},
	'blocks'   => function () {
		global $has_blocks, $blocks;
		$has_blocks = true;
		begin( array( 'birthday' => 'yes', 'consent' => 'yes' ) );
		$order    = new WC_Order();
		$customer = new WC_Customer();
		foreach ( array( $order, $customer ) as $holder ) {
			do_action( 'woocommerce_set_additional_field_value', 'regulars/birthday', '1990-02-28', 'other', $holder );
			do_action( 'woocommerce_set_additional_field_value', 'other/birthday', '1991-01-01', 'other', $holder );
			do_action( 'woocommerce_set_additional_field_value', 'regulars/consent', true, 'other', $holder );
		}
		$kept = $order->meta;
		do_action( 'woocommerce_set_additional_field_value', 'regulars/consent', false, 'other', $order );
		$check = $blocks['regulars/birthday']['validate_callback'];
		return array(
			'classic'  => array_keys( apply_filters( 'woocommerce_billing_fields', array() ) ),
			'fields'   => $blocks,
			'order'    => $kept,
			'customer' => $customer->meta,
			'unticked' => array_keys( $order->meta ),
			'checks'   => array( null === $check( '' ), null === $check( '1990-02-28' ), null === $check( 'soon' ) ),
		);
	},
	'consent'  => function () {
		begin( array( 'consent' => 'yes', 'consent_text' => 'Send me <b>letters</b>' ) );
		$_POST  = array();
		$silent = new WC_Order();
		do_action( 'woocommerce_checkout_create_order', $silent );
		$_POST['regulars_consent'] = '1';
		$ticked = new WC_Order();
		do_action( 'woocommerce_checkout_create_order', $ticked );
		add_filter( 'regulars_consent_text', function ( $words ) { return "$words, please"; } );
		$worded = new WC_Order();
		do_action( 'woocommerce_checkout_create_order', $worded );
		return array(
			'box'    => drawn( function () { do_action( 'woocommerce_checkout_before_terms_and_conditions' ); } ),
			'silent' => $silent->meta,
			'ticked' => $ticked->meta,
			'worded' => $worded->meta,
			'shown'  => drawn( function () use ( $ticked ) { do_action( 'woocommerce_admin_order_data_after_billing_address', $ticked ); } ),
		);
	},
	'settings' => function () {
		global $options, $notices, $pages, $allowed;
		begin();
		do_action( 'admin_menu' );
		update_option( 'regulars_settings', array( 'url' => 'http://crm.example.test/x', 'secret' => '', 'birthday' => 'yes', 'consent_text' => '"><script>x' ) );
		$kept = $options['regulars_settings'];
		$html = drawn( $pages['regulars'][1] );
		$_REQUEST['_wpnonce'] = 'forged';
		$forged = caught( function () { do_action( 'admin_post_regulars_try' ); } );
		$_REQUEST['_wpnonce'] = 'nonce-regulars_try';
		$tried   = caught( function () { do_action( 'admin_post_regulars_try' ); } );
		$allowed = false;
		return array(
			'kept'   => $kept,
			'faults' => $notices,
			'html'   => $html,
			'forged' => $forged,
			'tried'  => $tried,
			'denied' => caught( function () { do_action( 'admin_post_regulars_try' ); } ),
			'hidden' => drawn( $pages['regulars'][1] ),
			'may'    => array( $pages['regulars'][0], apply_filters( 'option_page_capability_regulars', 'manage_options' ) ),
		);
	},
	'first_settings' => function () {
		global $options;
		begin();
		unset( $options['regulars_settings'] );
		update_option( 'regulars_settings', array( 'url' => URL, 'secret' => 's', 'consent' => 'yes' ) );
		return $options['regulars_settings'];
	},
	'stopped'  => function () {
		begin();
		review( 20 );
		do_action( 'comment_post', 20 );
		do_action( 'deactivate' );
	},
);

$result = $scenes[ $argv[1] ]();
echo json_encode(
	array(
		'posts'  => $posts,
		'jobs'   => $jobs,
		'logged' => $logged,
		'result' => $result,
	)
);
