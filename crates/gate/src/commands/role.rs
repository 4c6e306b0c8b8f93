//! Who may do what: one table.

use domain::{Officer, Power, Scope, ServiceFacts};
use vocab::{PersonId, Text, Timestamp};

/// What a person is towards one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// On the contract's list of requesters (O2).
    Requester,
    /// A beneficiary of the service (O3 to O5).
    Beneficiary,
    /// The responsable du SIS himself.
    Responsable,
    /// A delegate whose deed is in force and is about the service: he sees, stops, and relays.
    Delegate,
    /// The responsable, or a delegate whose deed gives this power, here.
    Power(Power),
    /// On call: approves exceptions.
    Oncall,
    /// The security officer.
    Security,
    /// A technician of the provider or of a subcontractor.
    Technician,
    /// Who speaks for the provider.
    Manager,
    /// The IT team.
    It,
    /// Biomedical engineering.
    Biomedical,
    /// Purchasing: what the contracts hold.
    Purchasing,
    /// The data protection officer.
    Dpo,
    /// An auditor, for the time of his mandate: reads, changes nothing.
    Auditor,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::Requester,
        Self::Beneficiary,
        Self::Responsable,
        Self::Delegate,
        Self::Power(Power::Treat),
        Self::Power(Power::Derogate),
        Self::Power(Power::Review),
        Self::Power(Power::Close),
        Self::Power(Power::Provider),
        Self::Power(Power::Vouch),
        Self::Power(Power::Keep),
        Self::Power(Power::Traces),
        Self::Power(Power::Tokens),
        Self::Power(Power::Documents),
        Self::Oncall,
        Self::Security,
        Self::Technician,
        Self::Manager,
        Self::It,
        Self::Biomedical,
        Self::Purchasing,
        Self::Dpo,
        Self::Auditor,
    ];

    /// In words.
    pub fn text(self) -> Text {
        match self {
            Self::Requester => Text::new("un demandeur de la liste", "a requester on the list"),
            Self::Beneficiary => {
                Text::new("un bénéficiaire de la prestation", "a beneficiary of the service")
            }
            Self::Responsable => Text::new("le responsable du SIS", "the responsable du SIS"),
            Self::Delegate => Text::new("un délégué du responsable", "a delegate of the responsable"),
            Self::Power(power) => Text::new(
                format!("le responsable du SIS ou un délégué ({})", power.as_str()),
                format!("the responsable du SIS or a delegate ({})", power.as_str()),
            ),
            Self::Oncall => Text::new("une personne d'astreinte", "a person on call"),
            Self::Security => Text::new("le RSSI", "the security officer"),
            Self::Technician => Text::new("un intervenant du fournisseur", "a technician of the provider"),
            Self::Manager => Text::new("un représentant du fournisseur", "who speaks for the provider"),
            Self::It => Text::new("l'équipe informatique", "the IT team"),
            Self::Biomedical => Text::new("le service biomédical", "biomedical engineering"),
            Self::Purchasing => Text::new("le service des achats", "purchasing"),
            Self::Dpo => Text::new("le délégué à la protection des données", "the data protection officer"),
            Self::Auditor => Text::new("un auditeur", "an auditor"),
        }
    }
}

/// What can be done to an intervention, one row of the table each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table below says what each is")]
pub enum Deed {
    See,
    Assess,
    Deadlines,
    Request,
    TakeCall,
    Plan,
    Qualify,
    Approve,
    Refuse,
    Withdraw,
    Check,
    AskException,
    GrantException,
    Derogate,
    Review,
    ReviewClosed,
    Extend,
    DeclareLong,
    Suspend,
    Resume,
    ResumeOfSecurity,
    Report,
    ProposeClosing,
    ConfirmReached,
    ConfirmUnreachable,
    RejectClosing,
    AnswerForProvider,
    ConfirmUnanswered,
    AttestErasure,
    SuspendProvider,
    DeclareIncident,
    ResumeProvider,
    Cut,
    Vouch,
    Sign,
    Relay,
    AskDisclosure,
    GrantDisclosure,
    PlaceHold,
    ReleaseHold,
    SeeKept,
    ReadTraces,
    MakeToken,
    RevokeToken,
    SeeDocuments,
    ConfirmDocument,
    ReadDocument,
    ConfirmCustody,
    ConfirmCommissioning,
    DecideTogether,
    DecideForProvider,
    ConsentPast,
    BeginPast,
    EndPast,
    Attend,
    ReviewAccounts,
    ReleaseFile,
    ReadNotice,
    ReadPerson,
}

/// Those whom an intervention concerns, and who audits.
const WHO_SEES: &[Role] = &[
    Role::Requester,
    Role::Beneficiary,
    Role::Responsable,
    Role::Delegate,
    Role::Oncall,
    Role::Security,
    Role::Technician,
    Role::Manager,
    Role::It,
    Role::Biomedical,
    Role::Auditor,
];

/// Those who speak for the establishment, and those who look after it for them.
const OF_THE_ESTABLISHMENT: &[Role] = {
    use Role::{
        Auditor, Beneficiary, Biomedical, Delegate, Dpo, It, Oncall, Purchasing, Responsable, Security,
    };
    &[Beneficiary, Responsable, Delegate, Oncall, Security, It, Biomedical, Purchasing, Dpo, Auditor]
};

/// The same, and who speaks for the provider.
const WHO_IS_REMINDED: &[Role] = {
    use Role::{
        Auditor, Beneficiary, Biomedical, Delegate, Dpo, It, Manager, Oncall, Purchasing, Responsable,
        Security,
    };
    &[Beneficiary, Responsable, Delegate, Oncall, Security, It, Biomedical, Purchasing, Dpo, Auditor, Manager]
};

/// Those who answer for it, and those who can mend it: an assessment names what is weak.
const WHO_ASSESSES: &[Role] = {
    use Role::{
        Auditor, Beneficiary, Biomedical, Delegate, Dpo, It, Manager, Oncall, Purchasing, Responsable,
        Security,
    };
    &[Beneficiary, Responsable, Delegate, Oncall, Security, Manager, It, Biomedical, Purchasing, Dpo, Auditor]
};

/// Those of both sides who close an intervention.
const EITHER_SIDE: &[Role] = &[Role::Technician, Role::Manager, Role::Beneficiary, Role::Power(Power::Close)];

impl Deed {
    /// All rows, for the golden table.
    pub const ALL: [Self; 59] = [
        Self::See,
        Self::Assess,
        Self::Deadlines,
        Self::Request,
        Self::TakeCall,
        Self::Plan,
        Self::Qualify,
        Self::Approve,
        Self::Refuse,
        Self::Withdraw,
        Self::Check,
        Self::AskException,
        Self::GrantException,
        Self::Derogate,
        Self::Review,
        Self::ReviewClosed,
        Self::Extend,
        Self::DeclareLong,
        Self::Suspend,
        Self::Resume,
        Self::ResumeOfSecurity,
        Self::Report,
        Self::ProposeClosing,
        Self::ConfirmReached,
        Self::ConfirmUnreachable,
        Self::RejectClosing,
        Self::AnswerForProvider,
        Self::ConfirmUnanswered,
        Self::AttestErasure,
        Self::SuspendProvider,
        Self::DeclareIncident,
        Self::ResumeProvider,
        Self::Cut,
        Self::Vouch,
        Self::Sign,
        Self::Relay,
        Self::AskDisclosure,
        Self::GrantDisclosure,
        Self::PlaceHold,
        Self::ReleaseHold,
        Self::SeeKept,
        Self::ReadTraces,
        Self::MakeToken,
        Self::RevokeToken,
        Self::SeeDocuments,
        Self::ConfirmDocument,
        Self::ReadDocument,
        Self::ConfirmCustody,
        Self::ConfirmCommissioning,
        Self::DecideTogether,
        Self::DecideForProvider,
        Self::ConsentPast,
        Self::BeginPast,
        Self::EndPast,
        Self::Attend,
        Self::ReviewAccounts,
        Self::ReleaseFile,
        Self::ReadNotice,
        Self::ReadPerson,
    ];

    /// Who may. Nobody else may; an auditor only sees.
    pub const fn roles(self) -> &'static [Role] {
        use Role::{
            Auditor, Beneficiary, Biomedical, Delegate, Dpo, It, Manager, Oncall, Purchasing, Requester,
            Responsable, Security, Technician,
        };
        match self {
            Self::See => WHO_SEES,
            Self::Assess => WHO_ASSESSES,
            Self::SeeDocuments => OF_THE_ESTABLISHMENT,
            // Who speaks for the provider sees what is the provider's to mend.
            Self::Deadlines => WHO_IS_REMINDED,
            // Who signs contracts, who buys, who answers for security: never who filed it, nor the provider's side.
            // They answer for the contracts too, and for what the provider may reach.
            Self::ConfirmDocument | Self::ReadNotice => {
                &[Role::Power(Power::Documents), Security, Purchasing]
            }
            // Those who confirm it have to look at it, and whoever audits. Evidence from outside is read as traces are.
            Self::ReadDocument => &[Role::Power(Power::Documents), Security, Purchasing, Auditor],
            Self::Request | Self::Withdraw => &[Requester],
            // A request by telephone is written down by who answers for the service here, and calls back (O2).
            Self::TakeCall => &[Beneficiary, Oncall, It],
            Self::Plan => &[Requester, Beneficiary, Technician, Manager],
            // Who knows the equipment, and at night who stands for them.
            Self::Qualify => &[It, Biomedical, Oncall],
            Self::Approve | Self::Refuse | Self::Check | Self::ConfirmReached | Self::ConsentPast => {
                &[Beneficiary]
            }
            // Whoever could have confirmed it: one that is proposed as unreachable is the responsable's to settle.
            Self::RejectClosing => &[Beneficiary, Role::Power(Power::Close)],
            Self::AskException => &[Requester, Technician, Manager],
            Self::GrantException => &[Beneficiary, Oncall],
            Self::Derogate => &[Role::Power(Power::Derogate)],
            // What was done is read again by who answers for it here, and by who knows the equipment.
            Self::ReviewClosed => &[Beneficiary, Role::Power(Power::Review), Security, It, Biomedical],
            Self::Extend | Self::DeclareLong => &[Technician],
            Self::Suspend | Self::Resume => &[Beneficiary, Security],
            Self::Review | Self::ResumeOfSecurity => &[Security, Role::Power(Power::Review)],
            Self::Report | Self::AnswerForProvider => &[Technician, Manager],
            // Either side; the other one confirms, and of one that it left unanswered somebody else may.
            Self::ProposeClosing | Self::ConfirmUnanswered => EITHER_SIDE,
            Self::ConfirmUnreachable => &[Role::Power(Power::Close)],
            Self::Sign => &[Role::Power(Power::Treat)],
            Self::AttestErasure => &[Manager],
            Self::SuspendProvider => &[Security, Role::Power(Power::Provider), Oncall],
            // Whoever knows of it, the provider's side first: it only stops (E4).
            Self::DeclareIncident => &[Manager, Security, Role::Power(Power::Provider), Oncall],
            Self::ResumeProvider => &[Role::Power(Power::Provider)],
            Self::Cut => &[Beneficiary, Security, Oncall, Responsable, Delegate],
            // Who stands at the equipment, and who answers for it. Never the provider's side.
            Self::AskDisclosure => &[Beneficiary, Oncall, Security],
            Self::GrantDisclosure => &[Role::Power(Power::Derogate), Security],
            // Who answers for what is kept; never the host operator, who could let it go.
            Self::PlaceHold | Self::ReleaseHold => &[Role::Power(Power::Keep), Security],
            // What is kept, until when, and what holds it: the data protection officer's to know.
            Self::SeeKept => &[Role::Power(Power::Keep), Security, Auditor, Dpo],
            Self::ReadTraces => &[Role::Power(Power::Traces), Security, Auditor],
            // What is kept about a person, for that person's request (GDPR article 15).
            Self::ReadPerson => &[Dpo],
            // It gives nothing that its person has not.
            Self::MakeToken => &Role::ALL,
            // Of others; one's own, everybody.
            Self::RevokeToken => &[Role::Power(Power::Tokens), Security],
            // What somebody agreed to over the telephone. Whoever is of the provider's side never relays it.
            Self::Relay => &[Requester, Beneficiary, Responsable, Delegate, Oncall, Security],
            // Who speaks for the provider vouches for its own people only.
            Self::Vouch => &[Role::Power(Power::Vouch), Security, Manager],
            _ => self.of_what_is_looked_after(),
        }
    }

    /// The same, of what is looked after beside sessions; nobody may do another deed by it.
    const fn of_what_is_looked_after(self) -> &'static [Role] {
        use Role::{Beneficiary, Biomedical, It, Manager, Oncall, Security, Technician};
        match self {
            // Whose thing it was, and who answers for what the establishment keeps.
            Self::ConfirmCustody => &[Role::Power(Power::Documents), Security, Manager],
            // Who works with the equipment, and who looks after it.
            Self::ConfirmCommissioning => &[Beneficiary, It, Biomedical],
            // A vulnerability that stays is a risk that is taken: for the establishment by whoever may treat it (E5).
            Self::DecideTogether => &[Role::Power(Power::Treat)],
            Self::DecideForProvider => &[Manager],
            // Who is there while data are worked on, and who lets software in: whoever answers for the equipment or its use.
            Self::Attend | Self::ReleaseFile => &[Beneficiary, Security, It, Biomedical],
            // Who may vouch for keys looks at all of them once a year; never the provider for its own people.
            Self::ReviewAccounts => &[Role::Power(Power::Vouch), Security, It],
            // Past the gate: who runs it here, or who works, with the consent of the former. Its end, whoever knows of it.
            Self::BeginPast => &[Beneficiary, It, Biomedical, Technician],
            Self::EndPast => &[Beneficiary, It, Biomedical, Oncall, Technician, Manager],
            _ => &[],
        }
    }

    /// What a token has to be made for, to do it; `None`: no token does it, its person is there himself. Nothing that
    /// opens, agrees, decides or stops is in it.
    pub const fn scope(self) -> Option<Scope> {
        match self {
            Self::See => Some(Scope::ReadInterventions),
            Self::Assess | Self::Deadlines => Some(Scope::ReadConformity),
            Self::ReadTraces => Some(Scope::ReadTraces),
            Self::Request | Self::Withdraw => Some(Scope::WriteRequests),
            Self::Report | Self::ProposeClosing => Some(Scope::WriteReports),
            _ => None,
        }
    }

    /// Whether it takes something away or only looks: open to whoever is logged in, vouched for or not. Whoever
    /// operates the host can stop everything anyway.
    pub const fn is_stop(self) -> bool {
        matches!(
            self,
            Self::See
                | Self::Refuse
                | Self::Withdraw
                | Self::Suspend
                | Self::SuspendProvider
                | Self::DeclareIncident
                | Self::Cut
                | Self::RevokeToken
        )
    }

    /// Whether this person may do it in this service. Whoever is of the provider's side never speaks for the
    /// establishment, whatever office he was given.
    pub fn is_of(self, person: &PersonId, facts: &ServiceFacts, now: Timestamp) -> bool {
        let barred = facts.of_the_provider(person) && self != Self::See;
        let counts = |role: &Role| !barred || matches!(role, Role::Technician | Role::Manager);
        roles_of(person, facts, now).iter().any(|role| self.roles().contains(role) && counts(role))
    }
}

/// What this person is towards this service, now.
pub fn roles_of(person: &PersonId, facts: &ServiceFacts, now: Timestamp) -> Vec<Role> {
    let establishment = &facts.establishment;
    let service = Some(&facts.service.id);
    let holds = |office| establishment.holds(person, office, now);
    let delegate = establishment.deeds(person, now).any(|deed| deed.reaches(service));
    let is = [
        (Role::Requester, facts.contract.requesters.people.contains(person)),
        (Role::Beneficiary, facts.service.beneficiaries.contains(person)),
        (Role::Responsable, establishment.responsable == *person),
        (Role::Delegate, delegate),
        (Role::Oncall, holds(Officer::Oncall)),
        (Role::Security, holds(Officer::Security)),
        (Role::Technician, facts.staff.iter().any(|staff| staff.person.id == *person && staff.person.active)),
        (Role::Manager, facts.provider.managers.contains(person)),
        (Role::It, holds(Officer::It)),
        (Role::Biomedical, holds(Officer::Biomedical)),
        (Role::Purchasing, holds(Officer::Purchasing)),
        (Role::Dpo, holds(Officer::Dpo)),
        (Role::Auditor, holds(Officer::Auditor)),
    ];
    let may = |power| (Role::Power(power), establishment.may(person, power, service, now));
    let is = is.into_iter().chain(Power::ALL.map(may));
    is.filter(|(_, holds)| *holds).map(|(role, _)| role).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The golden table of who may do what: `tables/deeds.txt`, a row a deed.
    #[test]
    fn the_table_is_as_written() {
        let written: String =
            Deed::ALL.iter().map(|deed| format!("{deed:?}: {:?}\n", deed.roles())).collect();
        assert_eq!(written, include_str!("../../tables/deeds.txt"));
    }

    /// What a token may be used for: `tables/tokens.txt`, a row a deed. What is not in it is done in person.
    #[test]
    fn the_deeds_of_tokens_are_as_written() {
        let row = |deed: Deed| deed.scope().map(|scope| format!("{deed:?}: {}\n", scope.as_str()));
        let written: String = Deed::ALL.into_iter().filter_map(row).collect();
        assert_eq!(written, include_str!("../../tables/tokens.txt"));
    }
}
