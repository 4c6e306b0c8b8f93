//! The numbered catalogue: one struct per event, every field with its type and its class.
//!
//! Numbers and codes are for ever: they stand in ledgers. A field without a class does not compile, and
//! one of class `Secret` neither. What the fields mean stands in `docs/formats/events.md` section 5.

use std::net::IpAddr;

use vocab::{
    Address, BootId, Class, ContractId, Ending, EquipmentId, Kind, PersonId, ProviderId, RecordingId, Right,
    Rights, ServiceId, Source, StatusCode, Timestamp,
};

use crate::field::{Field, object, part};
use crate::types::{Long, SignedNote, Token, Word, Words};
use crate::value::Value;
use crate::{CountAt, Error, Mark, OpenAt, Sha256};

macro_rules! catalogue {
    ($($(#[$doc:meta])* $number:literal $name:ident $code:literal { $($field:ident: $type:ty = $class:ident),* $(,)? })*) => {
        $(
            part! { $(#[$doc])* pub $name { $($field: $type),* } }
            $(const _: () = assert!(!matches!(Class::$class, Class::Secret)));*;

            impl From<$name> for Fact {
                fn from(fact: $name) -> Self {
                    Self::$name(fact)
                }
            }
        )*

        /// What happened: one event of the catalogue.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Fact { $($(#[$doc])* $name($name)),* }

        impl Fact {
            /// Number and code of every event, in order.
            pub const ALL: &[(u64, &str)] = &[$(($number, $code)),*];

            /// Its number, for ever.
            pub const fn number(&self) -> u64 {
                match self { $(Self::$name(_) => $number),* }
            }

            /// Its code, for ever.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$name(_) => $code),* }
            }

            /// How far a member may travel; what is no member is secret.
            pub fn class_of(&self, member: &str) -> Class {
                let classes: &[(&str, Class)] = match self {
                    $(Self::$name(_) => &[$((stringify!($field), Class::$class)),*]),*
                };
                classes.iter().find(|(name, _)| *name == member).map_or(Class::Secret, |(_, class)| *class)
            }

            pub(crate) fn clip(&mut self, sha256: Sha256<'_>) {
                match self { $(Self::$name(fact) => fact.clip(sha256)),* }
            }

            /// Its members.
            pub(crate) fn data(&self) -> Value {
                let data = match self { $(Self::$name(fact) => fact.value()),* };
                data.unwrap_or_else(|| object([]))
            }

            pub(crate) fn read(number: u64, data: Value) -> Result<Self, Error> {
                match number {
                    $($number => $name::read(Some(data)).map(Self::$name),)*
                    unknown => Err(Error::Number(unknown)),
                }
            }
        }

        /// Every event with members of every type, as large as they get if wanted, and its vector.
        #[cfg(test)]
        pub(crate) fn samples(largest: bool) -> Vec<(Fact, &'static str)> {
            use crate::samples::Sample;
            vec![$((
                // Each begins at its number, so that a new event changes no other's vector.
                Fact::$name(if largest { Sample::largest() } else { Sample::sample(&mut ($number * 16)) }),
                include_str!(concat!("../../../docs/formats/vectors/events/", $number, "-", $code, ".json")),
            )),*]
        }
    };
}

part! {
    /// The bytes of one direction of a session, each in one state: parsed and released, unparsed by right and
    /// recorded, elided (released, but only their hash is kept), refused. Their sum is what was received;
    /// `own` are bytes that the gate itself said in this direction.
    pub Flow { parsed: u64, unparsed: u64, elided: u64, refused: u64, own: u64 }
}
part! {
    /// A condition that was not met and did not stop the session, and by whose act (a treatment, an
    /// exception, a derogation, a transition).
    pub Lifted { source: Source, ground: Word, by: Option<PersonId> }
}
part! {
    /// What one leg of SSH agreed on.
    pub Algorithms { kex: Word, host_key: Word, cipher_in: Word, cipher_out: Word, mac_in: Word, mac_out: Word }
}
part! {
    /// A rule that stands otherwise than it did (`was`, absent the first time): until when what it leans on holds, whether
    /// the contract says it and whether it is held (for rules that have the two), how many equipments are at fault.
    pub RuleChanged {
        rule: Source, was: Option<StatusCode>, is: StatusCode, until: Option<Timestamp>, clause: Option<bool>, held: Option<bool>, concerns: u64,
    }
}
part! {
    /// Bytes `from` up to, not including, `to`.
    pub Range { from: u64, to: u64 }
}

part! {
    /// How many entries of one part of the catalogue.
    pub Tally { class: Word, entries: u64 }
}

catalogue! {
    // 100: the gate.
    /// The gate serves from now on.
    100 GateStarted "gate-started" { version: Word = Public, previous: Option<BootId> = Public, entries: u64 = Public }
    /// The gate stops in order.
    101 GateStopped "gate-stopped" { reason: Word = Public }
    /// The log was restored from a backup of this manifest, taken then, with so many entries under this root; what the
    /// former log held beyond them is not in this one. `at` is when it was restored. It is the first entry after them.
    102 LedgerRestored "ledger-restored" { manifest: [u8; 32] = Public, taken: Timestamp = Public, entries: u64 = Public, root: [u8; 32] = Public }
    /// The machine's clock jumped: it stood at `found` where it should have stood at `expected`.
    103 ClockJumped "clock-jumped" { expected: Timestamp = Public, found: Timestamp = Public }
    /// Whether something keeps the machine's clock right changed, or nothing does at the start.
    104 ClockKept "clock-kept" { synchronised: bool = Public }
    /// So many connections were turned away in this time: the machine had no more room for them.
    105 ConnectionsRefused "connections-refused" { why: Word = Public, count: u64 = Public, since: Timestamp = Public, until: Timestamp = Public }
    /// The trace store was lost for a while: what was done meanwhile is in the emergency journal of this origin, with so
    /// many entries under this root.
    106 RefugeJoined "refuge-joined" { origin: Word = Public, entries: u64 = Public, root: [u8; 32] = Public }
    /// The site's description was applied. `named`: the facts that it made, changed and ended, by kind and name, those that
    /// ended behind a dash; `more`: so many more than are named.
    110 SiteApplied "site-applied" {
        file: [u8; 32] = Public, added: u64 = Public, changed: u64 = Public, ended: u64 = Public, named: Option<Vec<Word>> = Sensitive,
        more: Option<u64> = Public,
    }
    /// A receiver of copies (a SIEM) was not reached for longer than was agreed, since then; so many entries of this log
    /// wait for it.
    120 SiemUnreachable "siem-unreachable" { receiver: Word = Public, since: Timestamp = Public, waiting: u64 = Public }
    /// The receiver that was said to be unreachable since then has everything of this log again, up to so many entries.
    121 SiemCaughtUp "siem-caught-up" { receiver: Word = Public, since: Timestamp = Public, entries: u64 = Public }
    // 122: what a signature reaches.
    /// What the signature under a transition reaches: the contract, provider, path, equipment and rights of its moment. Of more than
    /// 256 equipments another entry names the rest.
    122 TransitionCovers "transition-covers" {
        service: ServiceId = Public, equipment: Vec<EquipmentId> = Public, rights: Rights = Public, contract: ContractId = Public,
        provider: ProviderId = Public, path: Word = Public, words: [u8; 32] = Public,
    }

    // 125: emergency journals.
    /// An emergency journal that was laid aside is removed whole, past the term of its newest entry: written before it is.
    125 RefugePurged "refuge-purged" { origin: Word = Public, entries: u64 = Public, root: [u8; 32] = Public, newest: Option<Timestamp> = Public, days: u64 = Public }

    // 130: retention.
    /// The certificate of a purge: written before the first of the entries is removed.
    130 EntriesPurged "entries-purged" {
        from: u64 = Public, until: u64 = Public, root: [u8; 32] = Public, opened: u64 = Public, ended: u64 = Public,
        open: Vec<OpenAt> = Public, counts: Vec<CountAt> = Public, tallies: Vec<Tally> = Public, newest: Timestamp = Public,
        days: u64 = Public, reason: Option<Words> = Sensitive, holds: u64 = Public, held_from: Option<u64> = Public,
    }
    /// A recording is removed, older than its term: written before it is.
    131 RecordingPurged "recording-purged" {
        recording: RecordingId = Public, root: [u8; 32] = Public, bytes: u64 = Public, ended: Timestamp = Public, days: u64 = Public,
    }
    /// Somebody wants something kept, from the entry of this index on, whatever its age.
    132 HoldPlaced "hold-placed" {
        hold: Word = Public, about: Word = Public, name: Option<Word> = Sensitive, reason: Words = Sensitive, first: u64 = Public,
    }
    /// It need not be kept any longer.
    133 HoldReleased "hold-released" { hold: Word = Public, reason: Words = Sensitive }

    // 140: tokens of the HTTP interface.
    /// A person made a token for himself: for these scopes, until then.
    140 TokenMade "token-made" { token: Word = Public, name: Word = Sensitive, scopes: Word = Public, until: Timestamp = Public }
    /// A token of this person proves nothing any more.
    141 TokenRevoked "token-revoked" { token: Word = Public, name: Word = Sensitive, person: PersonId = Sensitive }
    /// Somebody showed a token that proves nothing. `token` is absent where none is called so.
    142 TokenRefused "token-refused" { token: Option<Word> = Public, why: Word = Public, from: IpAddr = Sensitive }
    /// So many more were refused in this time.
    143 TokensRefused "tokens-refused" { count: u64 = Public, since: Timestamp = Public, until: Timestamp = Public }
    /// What the entry `act` beside this one tells was done with a token.
    144 TokenActed "token-acted" { token: Word = Public, name: Word = Sensitive, act: Word = Public, from: IpAddr = Sensitive }

    // 150: timestamps.
    /// An authority says that this checkpoint existed at `time`: `note` are the bytes of the checkpoint of so many entries
    /// under this root, `token` is its word (RFC 3161), which was verified. `qualified`: as the operator declares it.
    150 CheckpointTimestamped "checkpoint-timestamped" {
        authority: Word = Public, qualified: bool = Public, policy: Word = Public, by: Words = Public, time: Timestamp = Public,
        size: u64 = Public, root: [u8; 32] = Public, note: SignedNote = Public, token: Token = Public,
    }
    /// No timestamp could be had of this authority since then, for longer than was agreed, or what it gave is not to be
    /// believed; so many entries of this log wait for one.
    151 TimestampsMissing "timestamps-missing" {
        authority: Word = Public, since: Timestamp = Public, why: Word = Public, detail: Words = Sensitive, waiting: u64 = Public,
    }
    /// The authority from which none could be had since then gives timestamps again.
    152 TimestampsBack "timestamps-back" { authority: Word = Public, since: Timestamp = Public }
    /// The authority's clock and the machine's are apart by more than is agreed.
    153 ClockContradicted "clock-contradicted" { authority: Word = Public, theirs: Timestamp = Public, ours: Timestamp = Public }

    // 160: retention in the database.
    /// The certificate of what goes from the database: closed versions of facts, settled interventions with their sessions;
    /// written before the first of them is removed.
    160 FactsPurged "facts-purged" {
        root: [u8; 32] = Public, records: u64 = Public, kinds: Vec<Tally> = Public, newest: Timestamp = Public, days: u64 = Public,
        reason: Option<Words> = Sensitive, holds: u64 = Public,
    }

    // 200: login.
    /// Key and second factor were right.
    200 LoginSucceeded "login-succeeded" { key: Word = Sensitive, second: Word = Public, from: IpAddr = Sensitive, client: Word = Public }
    /// A login was refused.
    201 LoginRefused "login-refused" { name: Word = Sensitive, why: Word = Public, key: Option<Word> = Sensitive, from: IpAddr = Sensitive }
    /// Three wrong second factors after a verified key.
    202 PersonLocked "person-locked" { person: PersonId = Sensitive, failures: u64 = Public, locks: u64 = Public, until: Timestamp = Public, from: IpAddr = Sensitive }
    /// More logins were refused than are written one by one: so many of them, in this time.
    203 LoginsRefused "logins-refused" { count: u64 = Public, since: Timestamp = Public, until: Timestamp = Public }
    /// What is closed (a forwarding, an agent) was asked for on a connection that opened no session, and refused.
    204 AskedOutside "asked-outside" { equipment: Option<EquipmentId> = Sensitive, from: IpAddr = Sensitive, asked: Vec<Word> = Public, times: u64 = Public }

    /// A person was given a certificate for his key: until then, from this address, it stands for the second factor of
    /// this number. Its serial is this entry's index.
    205 CertificateGiven "certificate-given" { key: Word = Sensitive, enrolment: u64 = Public, from: IpAddr = Sensitive, until: Timestamp = Public }

    // 300: the session.
    /// A session was refused, for all these reasons.
    300 SessionRefused "session-refused" {
        person: PersonId = Sensitive, person_known: bool = Public, equipment: EquipmentId = Sensitive, target_known: bool = Public,
        access: Option<Right> = Public, service: Option<ServiceId> = Public, from: IpAddr = Sensitive, key: Word = Sensitive,
        codes: Vec<Source> = Public, facts: [u8; 32] = Public,
    }
    /// A session was permitted under these terms; written before anything is dialled.
    301 SessionOpened "session-opened" {
        recording: RecordingId = Public, person: PersonId = Sensitive, employer: ProviderId = Public, provider: ProviderId = Public,
        contract: ContractId = Public, service: ServiceId = Public, kind: Kind = Public, level: u64 = Public,
        equipment: EquipmentId = Public, address: Address = Sensitive, from: IpAddr = Sensitive, key: Word = Sensitive,
        second: Word = Public, ends_at: Timestamp = Public, idle_secs: u64 = Public, extension_secs: Option<u64> = Public,
        rights: Rights = Public, record_typed: bool = Public, may_take_out: bool = Public, lifted: Vec<Lifted> = Public,
        facts: [u8; 32] = Public,
    }
    /// A session ended, with the account of its bytes; written after its recording was sealed.
    302 SessionEnded "session-ended" {
        recording: RecordingId = Public, ending: Ending = Public, inward: Flow = Public, outward: Flow = Public,
        root: Option<[u8; 32]> = Public, detail: Option<Words> = Sensitive,
    }
    /// A session of an earlier boot was found without its end.
    303 SessionCrashed "session-crashed" { recording: RecordingId = Public, boot: BootId = Public, last: Option<Mark> = Public }
    /// The technician was warned that the session closes.
    304 SessionWarned "session-warned" { about: Word = Public, closes_at: Timestamp = Public }
    /// The window was extended, once.
    305 SessionExtended "session-extended" { until: Timestamp = Public, reason: Words = Sensitive }
    /// A long operation was declared: silence is no reason to close until then (T10).
    306 LongOperationDeclared "long-operation-declared" { until: Timestamp = Public, reason: Words = Sensitive }
    /// Somebody watches the session live.
    307 WatchBegan "watch-began" { watch: u64 = Public }
    /// He stopped watching.
    308 WatchEnded "watch-ended" { watch: u64 = Public, since: Timestamp = Public }
    /// Somebody cut the session.
    309 SessionCut "session-cut" { reason: Words = Sensitive }
    /// Asked again, the decision was no.
    310 RecheckRefused "recheck-refused" { codes: Vec<Source> = Public, facts: [u8; 32] = Public }
    /// The account's secret was lent for the permit that stands at this index of the log.
    320 SecretLent "secret-lent" { equipment: EquipmentId = Public, login: Word = Sensitive, permit: u64 = Public }
    /// The equipment showed its pinned key and took the login.
    321 EquipmentReached "equipment-reached" {
        equipment: EquipmentId = Public, address: Address = Sensitive, host_key: Word = Public, server: Word = Public, algorithms: Algorithms = Public,
    }
    /// The technician's leg of the session.
    322 TechnicianLeg "technician-leg" { from: IpAddr = Sensitive, client: Word = Public, algorithms: Algorithms = Public }
    /// The equipment could not be reached, or refused the login.
    323 EquipmentUnreachable "equipment-unreachable" { equipment: EquipmentId = Public, address: Address = Sensitive, why: Word = Public, detail: Option<Words> = Sensitive }
    /// The equipment showed another key than the pinned one.
    324 HostKeyChanged "host-key-changed" { equipment: EquipmentId = Public, address: Address = Sensitive, pinned: Word = Public, shown: Word = Public }
    /// A channel was opened under a right.
    330 ChannelOpened "channel-opened" { channel: u64 = Public, right: Right = Public, command: Option<Long> = Sensitive }
    /// Something that has no right was asked for.
    331 ChannelRefused "channel-refused" { channel: Option<u64> = Public, asked: Word = Public, why: Word = Public, detail: Option<Words> = Sensitive }
    /// A channel was closed; how its command ended.
    332 ChannelClosed "channel-closed" { channel: u64 = Public, exit: Option<u64> = Public, signal: Option<Word> = Public }
    /// Content of a file passed (`transfer.md`).
    340 FilePassed "file-passed" {
        channel: u64 = Public, path: Long = Sensitive, announced: Option<Long> = Sensitive, direction: Word = Public, size: u64 = Public,
        content: Word = Public, offset: Option<u64> = Public, sha256: Option<[u8; 32]> = Sensitive, ranges: Option<Vec<Range>> = Public,
        more: Option<bool> = Public, outcome: Word = Public, cause: Option<Words> = Sensitive,
    }
    /// The equipment's files were changed, or it was tried (`transfer.md`).
    341 FileOperation "file-operation" { channel: u64 = Public, operation: Word = Public, path: Long = Sensitive, to: Option<Long> = Sensitive, detail: Option<Word> = Public, status: Option<Word> = Public }
    /// Content without a name passed, hashed whole.
    342 UnnamedContent "unnamed-content" { channel: u64 = Public, direction: Word = Public, stream: Word = Public, size: u64 = Public, recorded: u64 = Public, sha256: [u8; 32] = Sensitive }
    /// A request inside a transfer was refused and never reached the equipment.
    343 RequestRefused "request-refused" { channel: u64 = Public, request: Word = Public, path: Option<Long> = Sensitive, why: Word = Public }
    /// A file that was held was looked at, and goes on to the equipment or not (E6). `verdict`: `clean`, `found`, or
    /// `not-scanned` with the reason in `found`.
    344 FileScanned "file-scanned" {
        channel: u64 = Public, path: Long = Sensitive, size: u64 = Public, sha256: [u8; 32] = Sensitive, verdict: Word = Public,
        engine: Option<Word> = Public, found: Option<Word> = Public, released: bool = Public,
    }

    // 400: recordings and evidence.
    /// A recording is durable up to here.
    400 RecordingProgress "recording-progress" { recording: RecordingId = Public, mark: Mark = Public }
    /// A recording was sealed; `seal` is the seal's digest.
    401 RecordingSealed "recording-sealed" { recording: RecordingId = Public, mark: Mark = Public, ending: Ending = Public, seal: [u8; 32] = Public }
    // 402 and 403 were never written: 407 tells of a recording that is read, 404 and 430 of evidence that leaves.
    /// A backup was taken: its manifest, when, how much of this log is in it, and what else.
    404 BackupTaken "backup-taken" {
        manifest: [u8; 32] = Public, taken: Timestamp = Public, entries: u64 = Public, root: [u8; 32] = Public,
        recordings: u64 = Public, apart: u64 = Public, bytes: u64 = Public,
    }
    /// The accounts in the vault are exported to these recipients: written before they are.
    405 VaultExported "vault-exported" { accounts: u64 = Public, recipients: Vec<Word> = Public }
    /// The vault is under another key than at the last start; both by their ids.
    406 VaultKeyChanged "vault-key-changed" { former: Word = Public, present: Word = Public }
    /// Somebody reads what is kept, and why: written before anything is shown.
    407 ReadingBegan "reading-began" { what: Word = Public, subject: Option<Words> = Sensitive, reason: Words = Sensitive }
    /// Everything that was typed in about the establishment left, as a file of the site, as JSON or as tables: written
    /// before it does. `sha256` is of the text that was handed out; tables are made from the JSON.
    408 SiteExported "site-exported" { form: Word = Public, sha256: [u8; 32] = Public }

    /// A document was printed: its kind, what it is about, the file's hash and length, and the hash of the data that it
    /// was printed from (`documents.md`). Written before the file bears its name.
    430 DocumentMade "document-made" {
        kind: Word = Public, subject: Word = Sensitive, sha256: [u8; 32] = Public, bytes: u64 = Public, data: [u8; 32] = Public,
    }

    // 440: documents that are kept as files (decision 0028).
    /// A document is kept: what it is, its type as its content says, its hash and length, where it lies, and the scanner that
    /// found nothing in it. For evidence from outside: who wrote it, on which service, over which time. Its bytes are on the
    /// disk before this is written. With `since` it says again, before its first entry is purged, that it is there since then.
    440 DocumentFiled "document-filed" {
        name: Word = Sensitive, kinds: Vec<Word> = Public, form: Word = Public, sha256: [u8; 32] = Public, bytes: u64 = Public,
        place: Word = Public, engine: Option<Word> = Public, writer: Option<Word> = Public, service: Option<ServiceId> = Public,
        from: Option<Timestamp> = Public, until: Option<Timestamp> = Public, since: Option<Timestamp> = Public,
    }
    /// Somebody of the establishment says that this is the signed one.
    441 DocumentConfirmed "document-confirmed" { sha256: [u8; 32] = Public, name: Word = Sensitive }
    /// A document is removed, past its term: written before it is.
    442 DocumentPurged "document-purged" { sha256: [u8; 32] = Public, bytes: u64 = Public, place: Word = Public, filed: Timestamp = Public, days: u64 = Public }
    /// A document was not taken: `why` is `found` with what the scanner found, or `not-scanned` with why not.
    443 DocumentRefused "document-refused" { sha256: [u8; 32] = Public, bytes: u64 = Public, why: Word = Public, engine: Option<Word> = Public, found: Option<Word> = Public }
    /// A person confirms that a thing which was entrusted was given back or destroyed, as the site's file says.
    444 EntrustedConfirmed "entrusted-confirmed" {
        provider: ProviderId = Public, contract: ContractId = Public, item: Word = Public, state: Word = Public, ended: Timestamp = Public,
        words: [u8; 32] = Public,
    }
    /// A person confirms that an equipment was put into service, as the site's file says.
    445 CommissioningConfirmed "commissioning-confirmed" { equipment: EquipmentId = Public, done: Timestamp = Public, by: PersonId = Sensitive, words: [u8; 32] = Public }

    // 500: the intervention.
    /// Asked for.
    500 InterventionRequested "intervention-requested" {
        service: ServiceId = Public, equipment: Vec<EquipmentId> = Public, via: Word = Public, number: Option<Word> = Sensitive,
        requester: PersonId = Sensitive, objective: Words = Sensitive, reason_out: Option<Words> = Sensitive,
        from: Option<Timestamp> = Public, until: Option<Timestamp> = Public,
    }
    /// Approved by a beneficiary, the agreement being shown in this version, of this hash, and the plan being this one.
    501 InterventionApproved "intervention-approved" {
        agreement: u64 = Public, sha256: Option<[u8; 32]> = Public, from: Option<Timestamp> = Public, until: Option<Timestamp> = Public,
    }
    /// Refused by a beneficiary.
    502 InterventionRefused "intervention-refused" { reason: Words = Sensitive }
    /// Withdrawn by its requester.
    503 InterventionWithdrawn "intervention-withdrawn" { reason: Words = Sensitive }
    /// A disposition was ticked (O4).
    504 ChecklistTicked "checklist-ticked" { item: Word = Public, needed: bool = Public, evidence: Words = Sensitive }
    /// The exception to the window was granted (O3).
    505 ExceptionGranted "exception-granted" { requester: PersonId = Sensitive, reason: Words = Sensitive, from: Timestamp = Public, until: Timestamp = Public }
    /// The exception was reviewed.
    506 ExceptionReviewed "exception-reviewed" { note: Option<Words> = Sensitive }
    /// An emergency derogation was signed.
    507 DerogationSigned "derogation-signed" {
        rules: Vec<Source> = Public, person: PersonId = Sensitive, equipment: EquipmentId = Public, reason: Words = Sensitive,
        from: Timestamp = Public, until: Timestamp = Public,
    }
    /// The derogation was reviewed.
    508 DerogationReviewed "derogation-reviewed" { note: Option<Words> = Sensitive }
    /// Set aside.
    509 InterventionSuspended "intervention-suspended" { reason: Words = Sensitive }
    /// Taken up again.
    510 InterventionResumed "intervention-resumed" { reason: Option<Words> = Sensitive }
    /// The report was handed over to the beneficiary (O5).
    511 ReportHandedOver "report-handed-over" { bytes: u64 = Public, sha256: [u8; 32] = Public }
    /// One side proposes to close: `provider`, `establishment`.
    512 ClosingProposed "closing-proposed" { outcome: Word = Public, side: Option<Word> = Public }
    /// The other side does not agree.
    513 ClosingRejected "closing-rejected" { reason: Words = Sensitive }
    /// The other side agrees (E9); `unanswered`: somebody else of the same side, because the other was silent for so many days.
    514 ClosingConfirmed "closing-confirmed" { outcome: Word = Public, unanswered: Option<u64> = Public }
    /// What left the hospital is attested to be erased (E9).
    515 ErasureAttested "erasure-attested" { items: u64 = Public }
    /// The exception to the window was asked for (O3).
    516 ExceptionAsked "exception-asked" { secs: u64 = Public, reason: Words = Sensitive }
    /// The establishment's referent qualified the request: why, what care bears meanwhile, who answers under which number,
    /// under which ticket, and what the ticketing tool said of that (O1).
    517 InterventionQualified "intervention-qualified" {
        impact: Word = Public, reason: Words = Sensitive, referent: Words = Sensitive, telephone: Word = Sensitive,
        ticket: Option<Word> = Sensitive, check: Option<Word> = Public,
    }

    /// Another plan was asked for; the one that was approved stands.
    518 PlanMoveAsked "plan-move-asked" { from: Timestamp = Public, until: Timestamp = Public, reason: Words = Sensitive }
    /// A beneficiary approved the other plan, the agreement being shown in this version, of this hash. `checks_void`: what was
    /// checked for the former plan is to be checked again (O4).
    519 InterventionMoved "intervention-moved" {
        from: Timestamp = Public, until: Timestamp = Public, agreement: u64 = Public, sha256: Option<[u8; 32]> = Public, checks_void: bool = Public,
    }
    /// A closed intervention was reviewed, by somebody who had no hand in it.
    520 InterventionReviewed "intervention-reviewed" { note: Words = Sensitive }

    // 600: the contract side and the equipment.
    /// A provider was suspended: no session opens, live ones close.
    600 ProviderSuspended "provider-suspended" { provider: ProviderId = Public, reason: Words = Sensitive }
    /// It may work again.
    601 ProviderResumed "provider-resumed" { provider: ProviderId = Public, reason: Option<Words> = Sensitive }
    /// A person signed an engagement (C6, C7), as the site's file says: this version of the text, on that day.
    602 EngagementSigned "engagement-signed" { person: PersonId = Sensitive, kind: Word = Public, version: u64 = Public, signed: Timestamp = Public }
    /// An engagement binds no more, as the site's file says: withdrawn on that day, or (without) named no more.
    603 EngagementWithdrawn "engagement-withdrawn" { person: PersonId = Sensitive, kind: Word = Public, version: u64 = Public, withdrawn: Option<Timestamp> = Public }
    /// The risk of a rule that is not applied was treated (section 4 of the guide).
    604 RiskTreated "risk-treated" {
        rule: Source = Public, service: ServiceId = Public, equipment: Option<EquipmentId> = Public, options: Vec<Word> = Public,
        owner: PersonId = Sensitive, until: Timestamp = Public, words: [u8; 32] = Public,
    }
    /// A transition of a service was signed: until then it opens whatever is not met, and says so.
    605 TransitionSigned "transition-signed" { service: ServiceId = Public, plan: Word = Public, until: Timestamp = Public, words: [u8; 32] = Public }
    /// The responsable decided that a service goes past the gate, and what a filter lets through for it (T1, T6, T8).
    606 DirectPathDecided "direct-path-decided" {
        service: ServiceId = Public, recommendation: Word = Public, flows: u64 = Public, until: Timestamp = Public, words: [u8; 32] = Public,
    }
    /// The establishment pinned an equipment's host key.
    610 HostKeyPinned "host-key-pinned" { equipment: EquipmentId = Public, key: Word = Public, previous: Option<Word> = Public }
    /// The secret of an equipment's reserved account was put into the vault.
    611 AccountStored "account-stored" { equipment: EquipmentId = Public, login: Word = Sensitive, form: Word = Public }
    /// The secret of an equipment's reserved account was changed by the gate: the fresh one was seen to open, the former one
    /// not to.
    612 AccountRotated "account-rotated" { equipment: EquipmentId = Public, login: Word = Sensitive, form: Word = Public }
    /// The secret of an equipment's reserved account is to change from now on: `closed` (the intervention is over), `asked`, `disclosed`.
    613 AccountRotationDue "account-rotation-due" { equipment: EquipmentId = Public, ground: Word = Public }
    /// The gate begins to change it; written before anything is drawn or dialled.
    614 AccountRotationBegan "account-rotation-began" { equipment: EquipmentId = Public, login: Word = Sensitive, form: Word = Public }
    /// It was not changed, or not wholly: both secrets are kept, and it is tried again.
    615 AccountRotationFailed "account-rotation-failed" { equipment: EquipmentId = Public, step: Word = Public, why: Word = Public, detail: Option<Words> = Sensitive }
    /// Somebody asks for the secret of an equipment's reserved account, to work at the equipment itself.
    616 DisclosureAsked "disclosure-asked" { equipment: EquipmentId = Public, reason: Words = Sensitive }
    /// Somebody else grants it.
    617 DisclosureGranted "disclosure-granted" { equipment: EquipmentId = Public, to: PersonId = Sensitive }
    /// The secret is shown to the one who asked; written before it is. It changes from then on.
    618 SecretDisclosed "secret-disclosed" { equipment: EquipmentId = Public, login: Word = Sensitive, until: Timestamp = Public }
    /// A person was given a second factor; an earlier one counts no more.
    620 SecondFactorEnrolled "second-factor-enrolled" { person: PersonId = Sensitive, enrolment: u64 = Public }
    /// The keys that log a person in were changed by the site's description; none of the new ones counts before
    /// somebody vouches for it.
    621 PersonKeysChanged "person-keys-changed" { person: PersonId = Sensitive, added: Vec<Word> = Sensitive, removed: Vec<Word> = Sensitive }
    /// Somebody vouched that a key, with the second factor of this number, is the person's. `founding`: the
    /// responsable vouched for himself, because nobody could yet.
    622 PersonVouched "person-vouched" { person: PersonId = Sensitive, key: Word = Sensitive, enrolment: u64 = Public, founding: bool = Public }
    /// A person drew a sheet of so many printed codes, for what he agrees to over the telephone; an earlier one counts no more.
    623 SheetDrawn "sheet-drawn" { codes: u64 = Public }
    /// Somebody relays what this person agreed to over the telephone, with the code of this number on his sheet; the
    /// person's act follows. Written before it.
    624 VoiceAgreed "voice-agreed" { person: PersonId = Sensitive, number: u64 = Public, words: Words = Sensitive }
    /// The code that somebody gave for this number on a person's sheet was wrong, or used.
    625 VoiceRefused "voice-refused" { person: PersonId = Sensitive, number: u64 = Public }
    /// A service was assessed, and stands otherwise than before towards these rules. `target` and `reached` are levels; the
    /// counts are of its target level. `facts` is the digest of what it was assessed on.
    630 ServiceAssessed "service-assessed" {
        service: ServiceId = Public, target: u64 = Public, reached: Option<u64> = Public, transition: bool = Public, applicable: u64 = Public,
        met: u64 = Public, declared: u64 = Public, not_applied: u64 = Public, treated: u64 = Public, changed: Vec<RuleChanged> = Public,
        facts: [u8; 32] = Public,
    }
    /// A provider entrusted a thing of its own, a means or information, to the establishment (section 2.2 of the guide), as the
    /// site's file says: received by whom, on which day, for how long.
    631 EntrustedReceived "entrusted-received" {
        provider: ProviderId = Public, contract: ContractId = Public, item: Word = Public, what: Words = Sensitive, nature: Word = Public,
        service: Option<ServiceId> = Public, equipment: Option<EquipmentId> = Public, received: Timestamp = Public,
        by: PersonId = Sensitive, until: Option<Timestamp> = Public,
    }
    /// It was given back, or destroyed; `removed`: the file names it no more, and nobody said what became of it.
    632 EntrustedEnded "entrusted-ended" {
        provider: ProviderId = Public, contract: ContractId = Public, item: Word = Public, state: Word = Public,
        ended: Option<Timestamp> = Public, to: Option<Words> = Sensitive, by: Option<PersonId> = Sensitive,
    }
    /// A recording that may show a provider's secrets is read: which of those who speak for it was told, or why nobody was.
    633 ProviderSecretsRead "provider-secrets-read" {
        provider: ProviderId = Public, recording: RecordingId = Public, told: Option<PersonId> = Sensitive, untold: Option<Words> = Sensitive,
    }

    /// What the signature under a treatment reaches: the contract, provider, path, equipment and rights of its moment, the threats it is
    /// about, how great the risk was and what is left. Of more than 256 equipments another entry names the rest.
    635 TreatmentCovers "treatment-covers" {
        rule: Source = Public, service: ServiceId = Public, batch: Option<Word> = Public, threats: Vec<Word> = Public, risk: Word = Public,
        residual: Word = Public, equipment: Vec<EquipmentId> = Public, rights: Rights = Public, contract: ContractId = Public,
        provider: ProviderId = Public, path: Word = Public, words: [u8; 32] = Public,
    }
    /// A batch of treatments was signed by one act; the entries of each treatment follow.
    636 BatchTreated "batch-treated" {
        batch: Word = Public, treatments: u64 = Public, services: u64 = Public, equipment: u64 = Public, words: [u8; 32] = Public,
    }
    /// A provider's signed dossier was imported: its number and the one before, the file, the key that signed it, who made
    /// sure of that key, how many people it names.
    640 DossierImported "dossier-imported" {
        provider: ProviderId = Public, serial: u64 = Public, was: Option<u64> = Public, file: [u8; 32] = Public, dated: Timestamp = Public,
        until: Timestamp = Public, key: Word = Public, confirmed_by: PersonId = Sensitive, people: u64 = Public,
    }
    /// What a provider says of itself changed (C3), field by field.
    641 ProviderChanged "provider-changed" { provider: ProviderId = Public, serial: u64 = Public, was: Option<u64> = Public, changed: Vec<Words> = Sensitive }
    /// Somebody of the establishment read it.
    642 NoticeRead "notice-read" { provider: ProviderId = Public, serial: u64 = Public }
    /// Others may read what is recorded for the establishment from now on: the ids of the former readers' keys, and of the
    /// present ones. Written before they are.
    650 ReadersChanged "readers-changed" { former: Vec<Word> = Public, present: Vec<Word> = Public }
    /// Somebody of the provider, or of the establishment, declared an incident at the provider's place, noticed then (E4). `stops`: the
    /// provider's accesses are suspended by this act; they were already, otherwise.
    651 IncidentDeclared "incident-declared" {
        provider: ProviderId = Public, noticed: Timestamp = Public, what: Words = Sensitive, stops: bool = Public,
    }
    /// One party's signature under a joint decision (E5): a vulnerability in a thing that the provider installed stays until then.
    /// `party` is `establishment` or `provider`; it takes both.
    660 VulnerabilityPostponed "vulnerability-postponed" {
        provider: ProviderId = Public, contract: ContractId = Public, item: Word = Public, version: Word = Public,
        vulnerability: Word = Public, cvss: Word = Public, party: Word = Public, until: Timestamp = Public, reason: Words = Sensitive,
        words: [u8; 32] = Public,
    }
    /// A beneficiary consents that this person declares himself when he begins to work past the gate.
    661 PastWorkConsented "past-work-consented" { technician: PersonId = Sensitive }
    /// Somebody begins to work past the gate (a direct path, assistance by other means), until then at the latest: declared by whoever
    /// runs it on the establishment's side, or by himself with this consent. Nothing opens by it.
    662 PastWorkBegan "past-work-began" {
        service: ServiceId = Public, equipment: Vec<EquipmentId> = Public, technician: PersonId = Sensitive,
        consent: Option<PersonId> = Sensitive, until: Timestamp = Public,
    }
    /// He ended what he began then.
    663 PastWorkEnded "past-work-ended" { technician: PersonId = Sensitive, began: Timestamp = Public }
    /// The rules of a filter were brought and compared with the flows that are on file for a service (T8), or with the gate's own way
    /// (T3): how many rules were read, how many of the flows they lack, how many let through more.
    664 FilterChecked "filter-checked" {
        service: ServiceId = Public, file: [u8; 32] = Public, form: Word = Public, flows: u64 = Public, rules: u64 = Public,
        missing: u64 = Public, wider: u64 = Public,
    }
    /// Somebody of the establishment looked at who may come for a provider, with which keys, and confirmed it.
    665 AccountsReviewed "accounts-reviewed" { provider: ProviderId = Public, people: u64 = Public, words: [u8; 32] = Public }
    /// Somebody of the establishment says that he follows an intervention on data until then; absent: not any more.
    666 InterventionAttended "intervention-attended" { until: Option<Timestamp> = Public }
    /// A content was brought, found clean, and kept from the equipment until a person of the establishment releases it (E7).
    667 DeliveryHeld "delivery-held" { path: Long = Sensitive, size: u64 = Public, sha256: [u8; 32] = Sensitive }
    /// A person of the establishment released it, or did not.
    668 DeliverySettled "delivery-settled" { sha256: [u8; 32] = Sensitive, released: bool = Public, reason: Option<Words> = Sensitive }

    // 670: what the gate sees of itself.
    /// What findings lean on of the gate itself, as it saw it when it was started and whenever it changed: whether ledgers and
    /// recordings can be written, the emergency journal is written instead, something looks for malware in files.
    670 GateSeen "gate-seen" { ledger: bool = Public, recordings: bool = Public, refuge: bool = Public, scanner: bool = Public }
}

#[cfg(test)]
mod tests;
