//! T9: one reserved account on each equipment, unlike any other.

use domain::{Asked, DefaultAccounts, DueGround, Equipment, ReservedAccount, SecretKind, ServiceFacts};
use vocab::{EquipmentId, Kind, Level, RuleId, Text, Timestamp};

use crate::direct::seen_by_word;
use crate::evidence::{implemented, names, say, unmet};
use crate::{Admission, Branch, Finding, Lean, Mender, Party, Status};

rule! {
    /// Demande : chaque équipement a, pour la télésurveillance et la télémaintenance, un compte réservé dont
    /// l'identifiant et le secret diffèrent de ceux de tout autre équipement ; les comptes d'origine sont tous
    /// supprimés, désactivés ou changés.
    ///
    /// Pourquoi : un secret connu partout ouvre partout.
    ///
    /// Ici : le secret est au coffre, unique (comparé par empreinte à clé), injecté, jamais montré. L'accès est
    /// fermé sans compte réservé, si l'identifiant ou le secret sert ailleurs, ou si les comptes d'origine
    /// n'ont pas été vérifiés. Un certificat est tiré pour chaque connexion, vaut quelques minutes et ne porte que
    /// le nom de l'équipement : il n'ouvre rien d'autre, pourvu que chaque équipement n'accepte que son propre nom,
    /// ce que la passerelle ne peut voir. Là où la description le dit, la porte renouvelle le secret à la fin de
    /// chaque intervention : le nouveau est vu ouvrir, l'ancien ne plus ouvrir.
    ///
    /// Reste à une personne : l'équipement dont le compte ne peut être changé ; son risque se traite.
    fr,
    /// Asks: for monitoring and maintenance each equipment has a reserved account whose login and secret differ
    /// from those of every other equipment; all accounts it came with are removed, disabled or changed.
    ///
    /// Why: a secret known everywhere opens everything.
    ///
    /// Here: the secret is in the vault, unique (compared by keyed hash), injected, never shown. The door is
    /// closed without a reserved account, where login or secret serves elsewhere, or where the accounts it
    /// came with were not checked. A certificate is drawn for each login, is valid for some minutes and bears the
    /// equipment's name only: it opens nothing else, provided that each equipment accepts no name but its own,
    /// which the gate cannot see. Where the description says so, the gate changes the secret at the end of each
    /// intervention: the new one is seen to open, the former one not to.
    ///
    /// Left to a person: the equipment whose account cannot be changed; its risk is to be treated.
    en,
    T9 {
        fr: "Chaque équipement a un compte réservé, unique ; aucun compte d'origine ne reste.",
        en: "Each equipment has a reserved, unique account; no account it came with is left.",
        audit: [
            (
                "Les identifiants d'origine que publie le constructeur ouvrent-ils encore l'équipement ?",
                "Do the default credentials that the maker publishes still open the equipment?",
            ),
            (
                "Quelqu'un connaît-il le secret du compte réservé, ou s'en sert-on hors de la porte ?",
                "Does anybody know the secret of the reserved account, or use it beside the door?",
            ),
            (
                "Par certificat, l'équipement refuse-t-il celui qui porte le nom d'un autre ?",
                "With certificates, does the equipment refuse one that bears another's name?",
            ),
        ],
        product: Enforced(
            "Sans compte réservé et unique, au secret que personne ne voit, et sans comptes d'origine vérifiés, l'équipement ne s'ouvre pas.",
            "Without a reserved and unique account, its secret seen by nobody, and default accounts checked, the equipment does not open.",
        ),
        kinds: &[Kind::Monitoring, Kind::Maintenance],
        level: Level::One,
        branch: Branch::Both,
        condition: None,
        parties: &[Party::SisDelegable],
        leans: &[Lean::Equipment, Lean::Rotations, Lean::Keys],
        two_facets: false,
        assess: assess,
        admit: Some(admit),
    }
}

fn assess(facts: &ServiceFacts, now: Timestamp) -> Finding {
    let faulty: Vec<(&Equipment, Vec<Text>)> =
        facts.equipment.iter().map(|equipment| (equipment, lacks(equipment, facts.at_the_gate()))).filter(|(_, l)| !l.is_empty()).collect();
    let (all, bad) = (facts.equipment.len(), faulty.len());
    if all == 0 {
        return Finding::new(RuleId::T9, Status::Unknown)
            .because(say!("Aucun équipement n'est décrit.", "No equipment is described."))
            .mended_by(Mender::It, say!("Décrire les équipements.", "Describe the equipment."));
    }
    let known = facts.equipment.iter().filter(|one| one.account.as_ref().is_some_and(|one| known(one, now)));
    let known: Vec<EquipmentId> = known.map(|one| one.id.clone()).collect();
    if faulty.is_empty() && !known.is_empty() {
        let which = names(&known);
        let missing = say!(
            "Un secret divulgué n'est pas renouvelé : {which}.",
            "A disclosed secret was not changed: {which}."
        );
        let finding = Finding::new(RuleId::T9, Status::Partly { missing: missing.clone() }).because(missing);
        let change = say!("Renouveler le secret divulgué (poterne rotate, ou account).", "Change the disclosed secret (poterne rotate, or account).");
        return implemented(finding.on(known).mended_by(Mender::It, change), facts);
    }
    let old: Vec<EquipmentId> = facts.equipment.iter().filter(|one| is_old(one, now)).map(|one| one.id.clone()).collect();
    if faulty.is_empty() && !old.is_empty() {
        let which = names(&old);
        let missing = say!(
            "Comptes d'origine vérifiés il y a plus de douze mois : {which}.",
            "Accounts they came with were checked more than twelve months ago: {which}."
        );
        let finding = Finding::new(RuleId::T9, Status::Partly { missing: missing.clone() }).because(missing);
        let look = say!(
            "Les vérifier de nouveau, comme après chaque mise à jour, et noter le jour (default_accounts).",
            "Check them again, as after each update, and note the day (default_accounts)."
        );
        return implemented(finding.on(old).mended_by(Mender::It, look), facts);
    }
    if faulty.is_empty() {
        let finding = Finding::new(RuleId::T9, Status::MetEnforced).because(say!(
            "Équipements : {all}, chacun avec un compte réservé et unique, comptes d'origine vérifiés.",
            "Equipment: {all}, each with a reserved and unique account, accounts they came with checked."
        ));
        let finding = rotated(certified(finding, facts), facts).on_the_word(checked(facts));
        return implemented(seen_by_word(finding, facts, now), facts);
    }
    let without = faulty.iter().all(|(equipment, _)| holds_nothing(equipment));
    let missing = say!("Équipements en défaut : {bad} sur {all}.", "Equipment at fault: {bad} of {all}.");
    let status =
        if without && bad == all { Status::NotApplied } else { Status::Partly { missing: missing.clone() } };
    let mut finding = Finding::new(RuleId::T9, status).because(missing);
    for lack in faulty.iter().flat_map(|(_, lacks)| lacks) {
        finding = finding.because(lack.clone());
    }
    let at_fault: Vec<EquipmentId> = faulty.iter().map(|(equipment, _)| equipment.id.clone()).collect();
    implemented(finding.on(at_fault).mended_by(Mender::It, mend()), facts)
}

/// Whether the look for default accounts has grown old: an update, or a reset to the maker's state, brings them back.
fn is_old(equipment: &Equipment, now: Timestamp) -> bool {
    equipment.default_accounts.look_again().is_some_and(|due| due <= now)
}

/// Whether nothing of the rule is held on this equipment: no account of its own, or one whose secret is known elsewhere
/// beside accounts that it came with. A login that serves on several is half of the rule still.
fn holds_nothing(equipment: &Equipment) -> bool {
    equipment.account.as_ref().is_none_or(|account| {
        !account.secret_shared_with.is_empty() && !matches!(equipment.default_accounts, DefaultAccounts::Clean { .. })
    })
}

/// Who said, and when, that no account is left which an equipment came with: the oldest check of all.
fn checked(facts: &ServiceFacts) -> Text {
    let checks = facts.equipment.iter().filter_map(|one| match &one.default_accounts {
        DefaultAccounts::Clean { at, by } => Some((*at, by)),
        DefaultAccounts::NotChecked | DefaultAccounts::Left { .. } => None,
    });
    let Some((at, by)) = checks.min() else {
        return say!("Les comptes d'origine sont déclarés.", "Accounts they came with are declared.");
    };
    let day = facts.establishment.zone.date(at);
    say!(
        "Que les comptes d'origine aient été retirés ou changés est déclaré, et non vu (vérification la plus ancienne : {by}, le {day:#}).",
        "That accounts they came with were removed or changed is declared, and not seen (oldest check: {by}, on {day})."
    )
}

/// What is true of certificates: unique by their name, which is the equipment's to check.
fn certified(finding: Finding, facts: &ServiceFacts) -> Finding {
    let certificate = |equipment: &&Equipment| {
        equipment.account.as_ref().is_some_and(|account| account.secret == SecretKind::Certificate)
    };
    let names: Vec<&str> = facts.equipment.iter().filter(certificate).map(|equipment| equipment.id.as_str()).collect();
    if names.is_empty() {
        return finding;
    }
    let names = names.join(", ");
    finding.because(say!(
        "Par certificat de quelques minutes, au seul nom de l'équipement : {names}. Que l'équipement n'accepte que son nom est à vérifier sur place.",
        "By a certificate of some minutes, in the equipment's name alone: {names}. That the equipment accepts no other name is to be checked there."
    ))
}

/// Whether somebody was shown this secret, and it was to be another one by now.
fn known(account: &ReservedAccount, now: Timestamp) -> bool {
    account.rotation_due.as_ref().is_some_and(|due| due.ground == DueGround::Disclosed && due.since <= now)
}

/// Whose secret changes at the end of an intervention, and which waits for it. What waits closes no door: the secret is
/// reserved and unknown to anybody still.
fn rotated(finding: Finding, facts: &ServiceFacts) -> Finding {
    let names = |of: fn(&ReservedAccount) -> bool| -> String {
        let all = facts.equipment.iter().filter(|one| one.account.as_ref().is_some_and(of));
        all.map(|one| one.id.as_str()).collect::<Vec<_>>().join(", ")
    };
    let (own, waits) = (names(ReservedAccount::rotates), names(|account| account.rotation_due.is_some()));
    let mut finding = finding;
    if !own.is_empty() {
        finding = finding.because(say!(
            "Secret renouvelé par la porte à la fin de chaque intervention : {own}.",
            "Secret changed by the gate at the end of each intervention: {own}."
        ));
    }
    if !waits.is_empty() {
        finding = finding.because(say!(
            "Secret à renouveler, et pas encore fait : {waits}.",
            "Secret to be changed, and not done yet: {waits}."
        ));
    }
    finding
}

fn admit(asked: &Asked<'_>, _now: Timestamp) -> Admission {
    let lacks = lacks(asked.equipment, asked.facts.at_the_gate()).into_iter();
    Admission::refused(lacks.map(|lack| unmet(RuleId::T9, Mender::It, lack, mend())).collect())
}

/// What is missing on one equipment. That its secret is in the vault is asked where the gate lends it.
fn lacks(equipment: &Equipment, at_the_gate: bool) -> Vec<Text> {
    let id = &equipment.id;
    let mut lacks = Vec::new();
    match &equipment.account {
        None => lacks.push(say!("L'équipement {id} n'a pas de compte réservé.", "{id} has no reserved account.")),
        Some(account) => {
            if !account.login_shared_with.is_empty() {
                let others = names(&account.login_shared_with);
                lacks.push(say!(
                    "L'identifiant du compte réservé de l'équipement {id} sert aussi sur : {others}.",
                    "The login of the reserved account of {id} also serves on: {others}."
                ));
            }
            if at_the_gate && !account.secret_held && account.secret != SecretKind::Certificate {
                lacks.push(say!(
                    "Le secret du compte réservé de l'équipement {id} n'est pas au coffre : rien ne dit qu'il est unique.",
                    "The secret of the reserved account of {id} is not in the vault: nothing says that it is unique."
                ));
            }
            if !account.secret_shared_with.is_empty() {
                let others = names(&account.secret_shared_with);
                lacks.push(say!(
                    "Le secret du compte réservé de l'équipement {id} sert aussi sur : {others}.",
                    "The secret of the reserved account of {id} also serves on: {others}."
                ));
            }
        }
    }
    match &equipment.default_accounts {
        DefaultAccounts::Clean { .. } => {}
        DefaultAccounts::NotChecked => lacks.push(say!(
            "Les comptes d'origine de l'équipement {id} n'ont pas été vérifiés.",
            "The accounts that {id} came with were not checked."
        )),
        DefaultAccounts::Left { logins } => {
            let logins = logins.join(", ");
            lacks.push(say!(
                "Des comptes d'origine restent sur {id} : {logins}.",
                "Accounts it came with are left on {id}: {logins}."
            ));
        }
    }
    lacks
}

fn mend() -> Text {
    say!(
        "Réserver un compte unique, mettre son secret au coffre, retirer ou changer les comptes d'origine et le noter.",
        "Reserve a unique account, put its secret into the vault, remove or change the accounts it came with and note it."
    )
}
