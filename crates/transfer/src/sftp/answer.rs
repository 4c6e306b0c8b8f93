//! The gate's own answer to a request that it does not forward.

use bytes::Bytes;

use super::wire::{STATUS, framed, put_string};
use crate::{Forbidden, Status};

/// The status that a refusal is answered with.
pub(super) const fn status_of(why: Forbidden) -> Status {
    match why {
        Forbidden::Read | Forbidden::NoReason | Forbidden::Write | Forbidden::Scp => {
            Status::PERMISSION_DENIED
        }
        Forbidden::Put | Forbidden::GateName => Status::PERMISSION_DENIED,
        Forbidden::Unknown | Forbidden::Held => Status::OP_UNSUPPORTED,
        Forbidden::TooLong | Forbidden::NoRoom => Status::FAILURE,
        Forbidden::Name | Forbidden::Handle | Forbidden::Offset | Forbidden::TooManyOpen => Status::FAILURE,
    }
}

/// `SSH_FXP_STATUS` for one request, with the sentence in French and English.
pub(super) fn refusal(id: u32, why: Forbidden) -> Bytes {
    let text = why.text();
    let sentence = format!("Poterne : {} / {}", text.fr, text.en);
    let mut packet = vec![STATUS];
    packet.extend_from_slice(&id.to_be_bytes());
    packet.extend_from_slice(&status_of(why).0.to_be_bytes());
    put_string(&mut packet, sentence.as_bytes());
    put_string(&mut packet, b"fr");
    framed(&packet).into()
}
