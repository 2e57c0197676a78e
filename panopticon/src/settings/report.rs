//! The settings of reports.

use super::setting::Setting;
use crate::report::MessageKey;

pub(super) const MESSAGE_KEY: Setting<MessageKey> = Setting {
    method: "message_key",
    variables: &["PANOPTICON_MESSAGE_KEY"],
    accepted: "`friendly_status` or `status_message`",
    read: |text| {
        [MessageKey::FriendlyStatus, MessageKey::StatusMessage]
            .into_iter()
            .find(|key| key.as_str() == text)
    },
    accept: Some,
    default: MessageKey::default,
    syntax: None,
    is_secret: false,
};
