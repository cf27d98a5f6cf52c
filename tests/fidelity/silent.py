"""Documented errors that the local Slack never gives of itself, by method; its README lists them.

A test that needs one says `slack.faults.answer(method, error)`.
"""


def _codes(words: str) -> frozenset[str]:
    return frozenset(words.split())


EVERY_METHOD = "every method"

SILENT = {
    EVERY_METHOD: _codes(
        """
        access_denied accesslimited deprecated_endpoint ekm_access_denied enterprise_is_restricted
        fatal_error invalid_arg_name invalid_array_arg invalid_charset invalid_form_data is_bot
        method_deprecated no_permission org_login_required request_timeout service_unavailable
        team_added_to_org two_factor_setup_required
        """
    ),
    "apps.connections.open": _codes("forbidden_team internal_error missing_args"),
    "auth.test": _codes("internal_error"),
    "apps.uninstall": _codes("client_id_token_mismatch internal_error"),
    "auth.revoke": _codes("internal_error not_bearer_token"),
    "auth.teams.list": _codes("internal_error"),
    "oauth.v2.access": _codes(
        """
        cannot_install_an_org_installed_app invalid_code_verifier no_scopes
        oauth_authorization_url_mismatch pkce_not_allowed preview_feature_not_available
        user_email_unverified
        """
    ),
    "chat.delete": _codes(""),
    "chat.postEphemeral": _codes(
        """
        cannot_reply_to_message invalid_attachments markdown_text_conflict message_limit_exceeded
        messages_tab_disabled restricted_action too_many_attachments
        """
    ),
    "chat.postMessage": _codes(
        """
        app_access_restricted as_user_not_supported attachment_payload_limit_exceeded
        cannot_reply_to_message draft_already_deleted draft_already_sent draft_has_conflict
        draft_not_found duplicate_channel_not_found duplicate_message_not_found invalid_metadata_schema
        markdown_text_conflict message_limit_exceeded messages_tab_disabled
        metadata_must_be_sent_from_app metadata_too_large missing_file_data rate_limited
        restricted_action restricted_action_non_threadable_channel restricted_action_read_only_channel
        restricted_action_thread_locked restricted_action_thread_only_channel
        send_on_behalf_not_allowed slack_connect_canvas_sharing_blocked
        slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked team_not_found
        too_many_attachments too_many_contact_cards
        """
    ),
    "chat.update": _codes(
        """
        as_user_not_supported block_mismatch blocked_file_type cant_broadcast_message
        edit_window_closed external_channel_migrating file_deleted file_is_deleted file_not_found
        file_share_limit_reached invalid_attachments invalid_metadata_schema markdown_text_conflict
        max_file_sharing_exceeded message_limit_exceeded metadata_must_be_sent_from_app
        metadata_too_large no_dual_broadcast_content_update posting_to_channel_denied
        slack_connect_blocked_file_type slack_connect_canvas_sharing_blocked
        slack_connect_clip_sharing_blocked slack_connect_file_link_sharing_blocked
        slack_connect_file_upload_sharing_blocked streaming_state_conflict team_not_found
        too_many_attachments unable_to_share_files update_failed
        """
    ),
    "conversations.history": _codes("channel_is_limited_access invalid_metadata_filter_keys"),
    "conversations.list": _codes("method_not_supported_for_channel_type"),
    "conversations.replies": _codes(
        """
        invalid_metadata_filter_keys list_record_comment_fetch_failed
        method_not_supported_for_channel_type
        """
    ),
    "users.list": _codes("limit_required"),
    "users.lookupByEmail": _codes(""),
    "conversations.info": _codes("channel_is_limited_access"),
    "conversations.members": _codes("fetch_members_failed method_not_supported_for_channel_type"),
    "conversations.open": _codes("invalid_user_combination not_enough_users user_not_visible"),
    "usergroups.list": _codes("invalid_cursor invalid_team plan_upgrade_required users_not_found"),
    "usergroups.users.list": _codes("invalid_cursor plan_upgrade_required"),
    "users.info": _codes("too_many_users user_not_visible"),
    "views.open": _codes(""),
    "views.publish": _codes("missing_profile_id not_implemented"),
    "views.update": _codes(""),
}
