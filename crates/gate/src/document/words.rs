//! The words of a document for what the ledger has as codes.

use documents::{Named, Reason};
use events::Actor;
use vocab::{HouseRule, Right, Source, Text};

use super::sheet::Sheet;

/// A rule with what it asks.
pub(super) fn reason(sheet: &Sheet<'_>, source: Source) -> Reason {
    let said = match source {
        Source::Guide(rule) => guide::rule(rule).wording.in_lang(sheet.lang).to_owned(),
        Source::House(rule) => sheet.say(&house(rule)),
    };
    Reason { code: source.code(), said }
}

/// Who acted. The host operator is no named person: whoever sits at the machine proves nothing of himself.
pub(super) fn actor(sheet: &Sheet<'_>, by: &Actor) -> Named {
    match by {
        Actor::Gate => Named { id: "gate".to_owned(), title: sheet.pick("la porte", "the gate") },
        Actor::Host => Named {
            id: "host operator".to_owned(),
            title: sheet.pick("l'opérateur de la machine, non nommé", "the host operator, unnamed"),
        },
        Actor::Person(person) => sheet.person(person),
    }
}

/// What a rule of the house asks.
pub(super) fn house(rule: HouseRule) -> Text {
    let (fr, en) = match rule {
        HouseRule::Identity => ("la personne est connue et active", "the person is known and active"),
        HouseRule::Credentials => (
            "quelqu'un d'autre a attesté que la clé et le second facteur sont les siens",
            "somebody else vouched that key and second factor are his",
        ),
        HouseRule::Employer => (
            "la personne travaille pour le fournisseur du contrat ou un sous-traitant déclaré",
            "the person works for the contract's provider or a listed subcontractor",
        ),
        HouseRule::Suspended => ("le fournisseur n'est pas suspendu", "the provider is not suspended"),
        HouseRule::Service => (
            "la prestation est active et couvre l'équipement",
            "the service is active and covers the equipment",
        ),
        HouseRule::Scope => (
            "l'équipement est dans l'objet de l'intervention",
            "the equipment is in the intervention's scope",
        ),
        HouseRule::Intervention => (
            "une intervention demandée, approuvée et ouverte porte l'accès",
            "an intervention that is asked for, approved and open stands behind the access",
        ),
        HouseRule::Rights => (
            "ce qui est demandé est un droit de la prestation",
            "what is asked for is a right of the service",
        ),
        HouseRule::Requester => ("une personne habilitée a demandé", "somebody who may ask has asked"),
        HouseRule::Window => ("un début et une fin sont fixés", "a start and an end are set"),
        HouseRule::Checklist => {
            ("le bénéficiaire a fait ses vérifications", "the beneficiary has made his checks")
        }
        HouseRule::Encryption => {
            ("les échanges sont chiffrés et authentifiés", "exchanges are encrypted and authenticated")
        }
        HouseRule::IdleClose => ("le silence ferme la session", "silence closes the session"),
        HouseRule::Account => (
            "le secret du compte réservé est au coffre",
            "the secret of the reserved account is in the vault",
        ),
        HouseRule::HostKey => (
            "la clé d'hôte de l'équipement est inscrite et n'a pas changé",
            "the equipment's host key is pinned and has not changed",
        ),
        HouseRule::Purpose => (
            "l'objet est dans le champ du guide, ou son exclusion est décidée",
            "the purpose lies inside the guide's field, or its exclusion is decided",
        ),
        HouseRule::SecondFactor => {
            ("le second facteur est juste et n'a pas servi", "the second factor is right and was not used")
        }
        HouseRule::Capacity => (
            "la porte a la place d'ouvrir et d'enregistrer une session de plus",
            "the gate has room to open and record one more session",
        ),
        HouseRule::Mechanism => {
            ("le moyen convient à la nature de la prestation", "the means fit the kind of the service")
        }
    };
    Text::new(fr, en)
}

/// What is asked for, or permitted.
pub(super) fn right(sheet: &Sheet<'_>, right: Right) -> String {
    match right {
        Right::Shell => sheet.pick("terminal", "terminal"),
        Right::Exec => sheet.pick("commande", "command"),
        Right::SftpRead => sheet.pick("lecture de fichiers (SFTP)", "reading files (SFTP)"),
        Right::SftpWrite => sheet.pick("écriture de fichiers (SFTP)", "writing files (SFTP)"),
        Right::Scp => sheet.pick("fichiers (SCP)", "files (SCP)"),
        Right::Bulk => sheet.pick("flux sans noms de fichiers", "content without names"),
    }
}

/// A channel of a session. An SFTP channel is one, whatever it reads or writes: each file says its way.
pub(super) fn channel(sheet: &Sheet<'_>, of: Right) -> String {
    match of {
        Right::SftpRead | Right::SftpWrite => {
            sheet.pick("transfert de fichiers (SFTP)", "file transfer (SFTP)")
        }
        Right::Scp => sheet.pick("transfert de fichiers (SCP)", "file transfer (SCP)"),
        Right::Shell => sheet.pick(
            "terminal (ce qui s'y passe est dans l'enregistrement)",
            "terminal (what happens in it is in the recording)",
        ),
        other => right(sheet, other),
    }
}

/// The second factor of a login.
pub(super) fn second(sheet: &Sheet<'_>, code: &str) -> String {
    match code {
        "totp" => sheet.pick("code à usage unique", "one-time code"),
        "certificate" => sheet.pick("certificat tiré à la porte", "certificate drawn at the door"),
        other => other.to_owned(),
    }
}
