//! Software that was brought and waits for a person of the establishment (E7): it goes on once this very content is released.

use domain::{DELIVERY_DIGITS, RELEASE_TERM, Settled};
use events::DeliverySettled;
use vocab::Text;

use super::case::NotDone;
use super::role::Deed;
use crate::{Gate, Known};

/// `accept i-12 <hash>` and `decline i-12 <hash> "reason"`.
pub(crate) async fn settle(
    gate: &Gate,
    who: &Known,
    name: &str,
    hash: &str,
    refusal: Option<String>,
) -> Result<Text, NotDone> {
    let mut case = gate.case(who, name, Deed::ReleaseFile).await?;
    let named = |sha256: &str| hash.len() >= DELIVERY_DIGITS && sha256.starts_with(hash);
    let mut found = case.intervention.deliveries.iter_mut().filter(|one| named(&one.sha256));
    let (Some(one), None) = (found.next(), found.next()) else {
        return Err(NotDone::new(
            format!(
                "[E7] « {hash} » ne nomme pas un fichier déposé dans {name} : au moins {DELIVERY_DIGITS} chiffres de son empreinte (show {name})."
            ),
            format!(
                "[E7] `{hash}` names no file that was brought in {name}: {DELIVERY_DIGITS} digits of its hash at least (show {name})."
            ),
        ));
    };
    let released = refusal.is_none();
    if one.settled.as_ref().is_some_and(|word| word.released == released)
        && (!released || one.is_released(case.now))
    {
        return Err(NotDone::new("[E7] C'est déjà décidé ainsi.", "[E7] It is decided so already."));
    }
    one.settled = Some(Settled { by: who.person.clone(), at: case.now, released });
    let (short, file, size, sha256) =
        (one.short().to_owned(), one.name.clone(), one.size, bytes(&one.sha256));
    let fact = DeliverySettled { sha256, released, reason: refusal.map(Into::into) };
    case.write(gate, fact).await?;
    let hours = RELEASE_TERM.as_secs() / 3600;
    Ok(match released {
        true => Text::new(
            format!(
                "{file} ({size} o, {short}) est libéré pour {hours} h : l'intervenant le dépose de nouveau, à l'identique."
            ),
            format!(
                "{file} ({size} bytes, {short}) is released for {hours} h: the technician brings it again, unchanged."
            ),
        ),
        false => Text::new(
            format!("{file} ({size} o, {short}) est refusé : l'équipement n'en reçoit rien."),
            format!("{file} ({size} bytes, {short}) is refused: the equipment receives none of it."),
        ),
    })
}

/// A hash of the gate's own writing, as bytes.
fn bytes(hex: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or_default();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn a_hash_is_read_as_it_is_written() {
        let written: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 7).unwrap_or(255));
        assert_eq!(bytes(&crate::streams::hex(&written)), written);
    }
}
