//! What a person agrees to over the telephone, at night, far from any terminal: he reads a code out of his printed
//! sheet, for one act. Whoever is at a terminal relays it, under his own key and second factor, and is no third party:
//! he is of the establishment's side, somebody else than the one who agrees, and does not review it afterwards.
//!
//! The sheet is drawn by its owner under his own login, and counts for as long as that login would: whoever operates
//! the host knows no code of it, and a sheet that he drew under a key of his own proves nothing.

use domain::{LoginProof, SecondFactor};
use events::{Actor, Fact, SheetDrawn, VoiceAgreed, VoiceRefused};
use vocab::{EstablishmentId, InterventionId, PersonId, Text};

use super::case::NotDone;
use super::disclose;
use super::role::Deed;
use crate::lockout::Try;
use crate::ports::{CodeVerdict, Sheet};
use crate::scribe::Note;
use crate::{Gate, Known};

/// The acts that may be agreed to by voice; the word behind each is the intervention, or the equipment.
const BY_VOICE: [(&str, Deed); 5] = [
    ("approve", Deed::Approve),
    ("check", Deed::Check),
    ("grant", Deed::GrantException),
    ("derogate", Deed::Derogate),
    ("grant-secret", Deed::GrantDisclosure),
];

/// What is asked for in somebody's name.
struct Asked<'a> {
    who: &'a Known,
    person: PersonId,
    words: Vec<String>,
    intervention: Option<InterventionId>,
    establishment: EstablishmentId,
    sheet: Sheet,
}

/// `sheet`: draws a new one and shows it, once.
pub(crate) async fn draw(gate: &Gate, who: &Known) -> Result<Text, NotDone> {
    somewhere_vouched(gate, who).await?;
    let fact = SheetDrawn { codes: u64::from(SHEET_CODES) };
    let note = gate.home_note(gate.clock.now(), Actor::Person(who.person.clone()), fact.into());
    gate.scribe.note(note).await?;
    let codes = gate.vault.draw_sheet(&who.person, &who.proof).await?;
    let mut lines = String::new();
    for (place, code) in codes.iter().enumerate() {
        let code = String::from_utf8_lossy(code.expose());
        let (first, last) = code.split_at_checked(CODE / 2).unwrap_or((&code, ""));
        lines.push_str(&format!("\n  {:>2}   {first}-{last}", place.saturating_add(1)));
    }
    let person = &who.person;
    Ok(Text::new(
        format!(
            "Feuille de codes de {person}, à imprimer maintenant et à garder chez soi ; elle remplace la précédente et \
             ne sera plus jamais montrée. Ne lisez un code au téléphone qu'à quelqu'un que vous avez rappelé, après \
             qu'il vous a lu l'acte entier. Un code par acte.{lines}"
        ),
        format!(
            "Sheet of codes of {person}, to be printed now and kept at home; it replaces the former one and is never \
             shown again. Read a code out only to somebody whom you called back, after he has read the whole act to \
             you. One code for one act.{lines}"
        ),
    ))
}

/// Under a key that nobody vouched for, whoever operates the host would void the sheet that its owner has at home.
async fn somewhere_vouched(gate: &Gate, who: &Known) -> Result<(), NotDone> {
    let now = gate.clock.now();
    let mut refused = NotDone::unknown("sheet");
    for establishment in gate.store.establishments(gate.as_of(now)).await? {
        match gate.vouched(who, &establishment.id, now).await {
            Ok(()) => return Ok(()),
            Err(why) => refused = why,
        }
    }
    Err(refused)
}

/// Codes of a sheet: a year of nights on call.
pub const SHEET_CODES: u32 = 20;
/// Digits of a code: 100,000,000 of them, three guesses a minute at first, then fewer (`lockout`).
pub(crate) const CODE: usize = 8;

/// `voice <person> [<number>:<code>] <act>`: without a code, which one is to be asked for; with it, the act.
pub(crate) async fn relay(
    gate: &Gate,
    who: &Known,
    person: &str,
    rest: &[&str],
) -> Option<Result<Text, NotDone>> {
    let (given, words) = match rest {
        [first, words @ ..] if first.contains(':') => (Some(code_of(first)?), words),
        words => (None, words),
    };
    let [act, about, ..] = words else { return None };
    let Some((_, deed)) = BY_VOICE.into_iter().find(|(name, _)| name == act) else {
        return Some(Err(NotDone::new(
            format!("« {act} » ne se fait pas par la voix : approve, check, grant, derogate, grant-secret."),
            format!("`{act}` is not done by voice: approve, check, grant, derogate, grant-secret."),
        )));
    };
    Some(match asked(gate, who, person, words, about, deed).await {
        Err(why) => Err(why),
        Ok(asked) => match given {
            None => which(&asked),
            Some((number, code)) => agreed(gate, asked, number, &code).await?,
        },
    })
}

/// `7:1234-5678`, with or without the hyphen.
fn code_of(word: &str) -> Option<(u32, String)> {
    let (number, code) = word.split_once(':')?;
    let code: String = code.chars().filter(|c| *c != '-').collect();
    let digits = code.len() == CODE && code.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some((number.parse().ok()?, code))
}

/// Whether this may be relayed at all, by him and for her.
async fn asked<'a>(
    gate: &Gate,
    who: &'a Known,
    person: &str,
    words: &[&str],
    about: &str,
    deed: Deed,
) -> Result<Asked<'a>, NotDone> {
    let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let (facts, intervention, now) = if deed == Deed::GrantDisclosure {
        let place = disclose::place(gate, who, about, Deed::Relay).await?;
        // A short name may be of another establishment for the one who agrees.
        if let Some(word) = words.get_mut(1) {
            *word = place.name();
        }
        (place.facts, None, place.now)
    } else {
        let case = gate.case(who, about, Deed::Relay).await?;
        (case.facts, Some(case.intervention.id), case.now)
    };
    let person: PersonId = person.parse().map_err(|_| no_sheet(person))?;
    if person == who.person {
        return Err(NotDone::new(
            "Ce que vous décidez vous-même se fait sans code : l'acte seul.",
            "What you decide yourself needs no code: the act alone.",
        ));
    }
    let sheet = gate.vault.sheet(&person).await?.ok_or_else(|| no_sheet(person.as_str()))?;
    // The sheet counts for as long as the login under which it was drawn would: its key is the person's still, vouched
    // for in this establishment with the second factor that counts now.
    let establishment = facts.establishment.id.clone();
    if !deed.is_of(&person, &facts, now) {
        return Err(no_sheet(person.as_str()));
    }
    let credentials = gate.store.credentials(&establishment, &person, gate.as_of(now)).await?;
    if !credentials.prove(&sheet.proof) || !gate.verified_key(&person, &sheet.proof.key).await {
        return Err(no_sheet(person.as_str()));
    }
    Ok(Asked { who, person, words, intervention, establishment, sheet })
}

/// One answer for who is unknown, may not do this act, has no sheet, or has one that counts no more.
fn no_sheet(person: &str) -> NotDone {
    NotDone::new(
        format!(
            "« {person} » ne peut pas accorder cet acte par la voix : l'acte ne lui revient pas, ou sa feuille de codes \
             manque ou ne compte plus (elle se tire soi-même, par `sheet`)."
        ),
        format!(
            "`{person}` cannot agree to this act by voice: the act is not theirs, or their sheet of codes is missing or \
             counts no more (everybody draws his own, by `sheet`)."
        ),
    )
}

/// Which code is to be asked for, and what is to be read out before.
fn which(asked: &Asked<'_>) -> Result<Text, NotDone> {
    let (person, act) = (&asked.person, written(&asked.words));
    let Some(number) = asked.sheet.next else {
        return Err(NotDone::new(
            format!("Tous les codes de {person} ont servi : {person} tire une autre feuille, par `sheet`."),
            format!("All codes of {person} were used: {person} draws another sheet, by `sheet`."),
        ));
    };
    Ok(Text::new(
        format!(
            "Appelez {person} au numéro connu, lisez-lui l'acte entier : {act}\nS'il est d'accord, il lit le code n° \
             {number} de sa feuille :\n  voice {person} {number}:<code> {act}"
        ),
        format!(
            "Call {person} at the known number, read the whole act out: {act}\nIf he agrees, he reads code no. \
             {number} of his sheet:\n  voice {person} {number}:<code> {act}"
        ),
    ))
}

/// The act as it is typed: read again, it is the same words.
fn written(words: &[impl AsRef<str>]) -> String {
    let quoted = |word: &str| {
        let plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._,:/=".contains(&b));
        if plain && !word.is_empty() {
            word.to_owned()
        } else {
            format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
        }
    };
    words.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// The code is checked and burnt, the relaying written down, then the act done as that person's.
async fn agreed(gate: &Gate, asked: Asked<'_>, number: u32, code: &str) -> Option<Result<Text, NotDone>> {
    if let Err(why) = burnt(gate, &asked, number, code).await {
        return Some(Err(why));
    }
    let Asked { who, person, words, sheet, .. } = asked;
    let proof = LoginProof { second: Some(SecondFactor::Voice), ..sheet.proof };
    let relayed_by = Some(who.person.clone());
    let by_token = who.by_token.clone();
    let (lang, from, since) = (who.lang, who.from, gate.clock.now());
    let agrees = Known { person, proof, lang, from, since, relayed_by, by_token };
    // The acts that may be agreed to are none of voice.
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Box::pin(gate.act(&agrees, &words, b"")).await
}

async fn burnt(gate: &Gate, asked: &Asked<'_>, number: u32, code: &str) -> Result<(), NotDone> {
    let now = gate.clock.now();
    let note = |fact: Fact| Note {
        establishment: asked.establishment.clone(),
        at: now,
        by: Actor::Person(asked.who.person.clone()),
        session: None,
        intervention: asked.intervention.clone(),
        fact,
    };
    if gate.voices.begin(&asked.person, now) == Try::Locked {
        return Err(NotDone::new(
            "Trop de codes faux pour cette personne : attendez quelques minutes, ou appelez quelqu'un d'autre.",
            "Too many wrong codes for this person: wait some minutes, or call somebody else.",
        ));
    }
    let (person, number_said) = (asked.person.clone(), u64::from(number));
    if gate.vault.check_sheet(&asked.person, number, code).await? != CodeVerdict::Right {
        gate.scribe.note(note(VoiceRefused { person, number: number_said }.into())).await?;
        return Err(NotDone::new(
            format!("Ce n'est pas le code n° {number} de {}, ou il a servi.", asked.person),
            format!("This is not code no. {number} of {}, or it was used.", asked.person),
        ));
    }
    gate.voices.right(&asked.person);
    let words = written(&asked.words).into();
    gate.scribe.note(note(VoiceAgreed { person, number: number_said, words }.into())).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::line;
    use super::*;

    #[test]
    fn a_code_is_a_number_and_eight_digits() {
        for (word, expected) in [
            ("7:1234-5678", Some((7, "12345678"))),
            ("7:12345678", Some((7, "12345678"))),
            ("7:1234567", None),
            ("7:123456789", None),
            (":12345678", None),
            ("x:12345678", None),
            ("7:1234567a", None),
            ("7:１２３４５６７８", None),
        ] {
            assert_eq!(code_of(word), expected.map(|(number, code)| (number, code.to_owned())), "{word}");
        }
    }

    #[test]
    fn an_act_is_read_out_as_it_is_typed() {
        assert_eq!(
            written(&["derogate", "i-1", "a.martin", "C2", "1h", "une \"panne\""]),
            r#"derogate i-1 a.martin C2 1h "une \"panne\"""#
        );
        for word in ["", "a b", "l'image", "\"", "\\", "\\\"", "a\n    b", "été"] {
            let words = ["check", "i-1", "backup", word];
            assert_eq!(line::words(&written(&words)).unwrap(), words, "{word:?}");
        }
        assert_eq!(written(&["check", "i-1", "backup", ""]), "check i-1 backup \"\"");
    }
}
