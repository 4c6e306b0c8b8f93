//! Documents that are kept as files: what is taken, shown, proved, held and gone.

use std::time::Duration;

use domain::{Covers, EvidenceSource, FILED_MAX, Filed, FiledAs, Form, PAPER_DAYS, Span, days};
use events::{Actor, Fact};
use gate::{Filing, NotFiled};
use testkit::fiction::name;
use testkit::{Kit, Mishap, Nose, Step};
use vocab::{EstablishmentId, ServiceId};

use crate::door::Door;

const PDF: &[u8] = b"%PDF-1.7\nplainly fictitious\nstartxref\n0\n%%EOF\n";

fn nord() -> EstablishmentId {
    name("nord")
}

fn as_contract(called: &str) -> Filing {
    Filing { name: called.to_owned(), kinds: [FiledAs::Contract, FiledAs::Plan].into(), covers: None }
}

fn as_evidence(door: &Door, days_: u32) -> Filing {
    let now = door.kit.now();
    let covers = Covers {
        source: EvidenceSource::Firewall,
        service: name("maintenance-scanner"),
        span: Span { from: now.before(days(days_)), until: now },
    };
    Filing { name: "pare-feu".to_owned(), kinds: [FiledAs::Evidence].into(), covers: Some(covers) }
}

/// A contract is filed.
pub(crate) async fn contract(door: &Door) -> Filed {
    door.gate.file_document(&nord(), as_contract("Contrat 2026"), PDF.to_vec()).await.unwrap()
}

async fn refused(door: &Door, filing: Filing, bytes: &[u8]) -> String {
    let before = (door.kit.site.whole(), door.kit.cabinet.there(), door.acts().len());
    let answer = door.gate.file_document(&nord(), filing, bytes.to_vec()).await;
    let Err(NotFiled::Refused(text)) = answer else { panic!("{answer:?}") };
    assert!(!text.fr.is_empty() && text.fr != text.en);
    let after = (door.kit.site.whole(), door.kit.cabinet.there(), door.acts().len());
    assert_eq!(before, after, "refused, and something is left: {}", text.en);
    text.fr
}

#[tokio::test]
async fn what_is_filed_is_in_the_ledger_and_comes_out_for_a_reason() {
    let door = Door::in_order().await;
    let filed = contract(&door).await;
    assert_eq!((filed.form, filed.bytes), (Form::Pdf, PDF.len() as u64));
    assert_eq!(door.kit.cabinet.there(), [(nord(), filed.place, true)]);
    let entry = door.acts().pop().unwrap();
    assert_eq!(entry.by, Actor::Host, "no person is asserted");
    let Fact::DocumentFiled(said) = entry.fact else { panic!() };
    assert_eq!((said.name.as_str(), said.form.as_str(), said.engine), ("Contrat 2026", "pdf", None));
    assert_eq!(said.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(), ["contract", "plan"]);
    // By eight digits of its hash, for a reason that is an entry first.
    for (hash, reason) in [
        (filed.sha256.get(..7).unwrap(), "audit de mai"),
        ("00000000", "audit de mai"),
        (filed.short(), "mai"),
    ] {
        let read = door.gate.read_document(&nord(), Actor::Host, hash, reason).await;
        assert!(matches!(read, Err(NotFiled::Refused(_))), "{hash} {reason}");
    }
    let (found, bytes) =
        door.gate.read_document(&nord(), Actor::Host, filed.short(), "audit de mai").await.unwrap();
    assert_eq!((&found, bytes.as_slice()), (&filed, PDF));
    let entries = door.kit.log().entries();
    let Some(Fact::ReadingBegan(reading)) = entries.into_iter().map(|entry| entry.fact).next_back() else {
        panic!()
    };
    assert_eq!((reading.what.as_str(), reading.reason.as_str()), ("document", "audit de mai"));
    // Of another establishment there is nothing of it.
    let other = door.gate.read_document(&name("sud"), Actor::Host, filed.short(), "audit de mai").await;
    assert!(other.is_err());
    assert!(door.gate.filed(&name("sud")).await.unwrap().is_empty());
    assert!(refused(&door, as_contract("encore"), PDF).await.contains("Contrat 2026"), "it is there already");
}

#[tokio::test]
async fn what_is_no_document_is_refused_whole() {
    let door = Door::in_order().await;
    let evidence = || as_evidence(&door, 30);
    refused(&door, as_contract("../../etc/passwd"), PDF).await;
    refused(&door, as_contract("a\u{1b}[2J"), PDF).await;
    refused(&door, as_contract("journal"), b"DENY 192.0.2.1\n").await;
    refused(&door, as_contract("programme.pdf"), b"\x7fELF\x02").await;
    refused(&door, as_contract("vide"), b"").await;
    refused(&door, as_contract("long"), &vec![b'a'; FILED_MAX + 1]).await;
    refused(&door, Filing { kinds: [].into(), ..as_contract("rien") }, PDF).await;
    refused(&door, Filing { covers: None, ..evidence() }, PDF).await;
    refused(&door, Filing { covers: evidence().covers, ..as_contract("deux") }, PDF).await;
    let with = |edit: fn(&mut Covers)| {
        let mut filing = evidence();
        edit(filing.covers.as_mut().unwrap());
        filing
    };
    refused(&door, with(|one| one.service = "inconnue".parse::<ServiceId>().unwrap()), b"DENY\n").await;
    refused(&door, with(|one| one.span.until = one.span.from), b"DENY\n").await;
    refused(&door, with(|one| one.span.until = one.span.until.after(Duration::from_secs(1))), b"DENY\n")
        .await;
    door.gate.file_document(&nord(), evidence(), b"DENY 192.0.2.1\n".to_vec()).await.unwrap();
}

#[tokio::test]
async fn an_establishment_keeps_so_much_and_no_more() {
    let door = Door::in_order().await;
    // The site of the tests keeps 64 MiB: three of 20 and one of 4, and not a byte more.
    let of = |length: usize, last: u8| {
        let mut bytes = PDF.to_vec();
        bytes.splice(9..9, std::iter::repeat_n(last, length - PDF.len()));
        bytes
    };
    for (length, last) in
        [(FILED_MAX, b'a'), (FILED_MAX, b'b'), (FILED_MAX, b'c'), (4 * 1024 * 1024 - 100, b'd')]
    {
        door.gate.file_document(&nord(), as_contract("grand"), of(length, last)).await.unwrap();
    }
    let said = refused(&door, as_contract("de trop"), &of(101, b'e')).await;
    assert!(said.contains("64"), "{said}");
    door.gate.file_document(&nord(), as_contract("juste"), of(100, b'e')).await.unwrap();
}

#[tokio::test]
async fn what_a_scanner_finds_or_does_not_finish_is_not_taken() {
    let door = Door::in_order().await;
    let infected = b"%PDF-1.7\nmalware\nstartxref\n0\n%%EOF\n";
    door.kit.sniffer.is(Nose::Well);
    refused(&door, as_contract("infecté"), infected).await;
    let last = || door.kit.log().entries().pop().unwrap().fact;
    let Fact::DocumentRefused(said) = last() else { panic!() };
    assert_eq!(said.why.as_str(), "found");
    door.kit.sniffer.is(Nose::Silent);
    refused(&door, as_contract("sain"), PDF).await;
    let Fact::DocumentRefused(said) = last() else { panic!() };
    assert_eq!(said.why.as_str(), "not-scanned");
    door.kit.sniffer.is(Nose::Well);
    assert!(contract(&door).await.scanned.is_some());
}

#[tokio::test]
async fn what_fails_at_any_step_leaves_nothing_or_all_of_it() {
    let steps = [
        Step::DrawPaperKey,
        Step::KeepPaper,
        Step::Commit,
        Step::Append,
        Step::SettlePaper,
        Step::DiscardPaper,
        Step::DiscardPaperKey,
    ];
    for step in steps {
        for mishap in [Mishap::full(), Mishap::lost_answer()] {
            let door = Door::in_order().await;
            door.kit.troubles.next(step, mishap.clone());
            if matches!(step, Step::DiscardPaper | Step::DiscardPaperKey) {
                door.kit.troubles.next(Step::KeepPaper, Mishap::full());
            }
            let done = door.gate.file_document(&nord(), as_contract("Contrat"), PDF.to_vec()).await;
            door.kit.troubles.over();
            // The next start finds one of two.
            let Door { kit, gate } = door;
            gate.stop(Duration::ZERO).await;
            let door = Door::on(kit).await;
            let filed = door.gate.filed(&nord()).await.unwrap();
            let about = format!("{step:?} {mishap:?}");
            assert!(filed.len() == 1 || done.is_err(), "{about}: acknowledged and gone");
            let there: Vec<_> = filed.iter().map(|one| (nord(), one.place, true)).collect();
            assert_eq!(door.kit.cabinet.there(), there, "{about}");
            let checked = door.gate.check_documents(&nord()).await.unwrap();
            assert!(checked.iter().all(|one| one.fault.is_none()), "{about}: {checked:?}");
        }
    }
}

/// Killed in the middle of any step, done or not: what was acknowledged is there, and nothing half.
#[tokio::test]
async fn a_gate_that_dies_anywhere_loses_nothing_that_it_acknowledged() {
    for done in [false, true] {
        for steps in 0..16 {
            let door = Door::in_order().await;
            door.kit.troubles.dies_after(steps, done);
            let (kit, owner) = (door.kit.clone(), nord());
            let acknowledged = tokio::select! {
                answer = door.gate.file_document(&owner, as_contract("Contrat"), PDF.to_vec()) => answer.is_ok(),
                () = kit.troubles.died() => false,
            };
            drop(door);
            kit.troubles.over();
            let door = Door::on(kit).await;
            let filed = door.gate.filed(&nord()).await.unwrap();
            assert!(filed.len() == 1 || !acknowledged, "{steps} {done}");
            let there: Vec<_> = filed.iter().map(|one| (nord(), one.place, true)).collect();
            assert_eq!(door.kit.cabinet.there(), there, "{steps} {done}");
        }
    }
}

#[tokio::test]
async fn what_was_changed_on_the_disk_is_seen_and_not_shown() {
    let door = Door::in_order().await;
    let filed = contract(&door).await;
    door.kit.cabinet.alter(filed.place);
    let read = door.gate.read_document(&nord(), Actor::Host, filed.short(), "audit de mai").await;
    assert!(matches!(read, Err(NotFiled::Failed(_))));
    let checked = door.gate.check_documents(&nord()).await.unwrap();
    assert!(checked.len() == 1 && checked[0].fault.is_some());
}

#[tokio::test]
async fn who_looked_at_it_says_so_once() {
    let door = Door::in_order().await;
    let filed = contract(&door).await;
    let line = format!("document confirm {}", filed.short());
    assert!(door.done("z.audit", "documents").await.contains("déposé par l'exploitant"));
    assert!(door.done("p.achats", &line).await.contains("Contrat 2026"));
    let entry = door.acts().pop().unwrap();
    assert_eq!(entry.by, Actor::Person(name("p.achats")));
    assert!(matches!(entry.fact, Fact::DocumentConfirmed(_)));
    assert!(door.refused("s.rssi", &line).await.contains("p.achats"));
    assert!(door.done("b.petit", "documents").await.contains("signé selon p.achats"));
    door.refused("s.rssi", "document confirm 00000000").await;
}

/// The bytes that an answer gives, and its text.
fn got(reply: &gate::Reply) -> Vec<u8> {
    use base64::Engine as _;
    assert_eq!(reply.status, 0, "{}", reply.text);
    let lines: String = reply.content.as_ref().unwrap().pieces().collect();
    base64::engine::general_purpose::STANDARD.decode(lines.replace('\n', "")).unwrap()
}

#[tokio::test]
async fn who_may_read_one_has_it_at_the_door_and_a_reason_is_written_first() {
    let door = Door::in_order().await;
    let filed = contract(&door).await;
    let line = format!("document get {} 'audit de mai'", filed.short());
    let reply = door.say("z.audit", &line).await;
    assert_eq!(got(&reply), PDF);
    assert!(reply.text.contains("Contrat 2026") && reply.text.contains(&filed.sha256), "{}", reply.text);
    let entry = door.kit.log().entries().pop().unwrap();
    assert_eq!(entry.by, Actor::Person(name("z.audit")));
    let Fact::ReadingBegan(reading) = entry.fact else { panic!() };
    let said = (reading.what.as_str(), reading.subject.as_ref().map(|text| text.as_str()));
    assert_eq!((said, reading.reason.as_str()), (("document", Some(filed.sha256.as_str())), "audit de mai"));
    // Nothing is opened, and nothing written, without a reason, of an unknown one, for whoever may not, in another house.
    let written = door.kit.log().entries().len();
    for (person, line) in [
        ("z.audit", format!("document get {} mai", filed.short())),
        ("z.audit", "document get 00000000 'audit de mai'".to_owned()),
        ("z.audit", format!("document get {}@sud 'audit de mai'", filed.short())),
        ("b.petit", line.clone()),
        ("i.infra", line.clone()),
        ("a.martin", line.clone()),
    ] {
        let reply = door.say(person, &line).await;
        assert!(reply.status == 1 && reply.content.is_none(), "{person}: {line}");
    }
    assert_eq!(door.kit.log().entries().len(), written);
    // The log takes nothing: nothing is shown.
    door.kit.log().stop("full");
    let reply = door.say("z.audit", &line).await;
    assert!(reply.status == 1 && reply.content.is_none(), "{}", reply.text);
}

#[tokio::test]
async fn evidence_is_read_by_those_who_read_traces_and_two_are_given_at_once() {
    let door = Door::in_order().await;
    let evidence =
        door.gate.file_document(&nord(), as_evidence(&door, 30), b"DENY 192.0.2.1\n".to_vec()).await.unwrap();
    let line = format!("document get {} 'flux inattendu'", evidence.short());
    door.refused("p.achats", &line).await;
    let [first, _second] = [door.say("s.rssi", &line).await, door.say("s.rssi", &line).await];
    assert_eq!(got(&first), b"DENY 192.0.2.1\n");
    assert!(door.refused("s.rssi", &line).await.contains("réessayez"));
    drop(first);
    got(&door.say("s.rssi", &line).await);
}

#[tokio::test]
async fn with_a_certificate_nobody_takes_a_document() {
    let door = Door::in_order().await;
    let filed = contract(&door).await;
    let mut known = door.logged_in("s.rssi", vocab::Lang::Fr);
    known.proof.second = Some(domain::SecondFactor::Certificate);
    let line = format!("document get {} 'audit de mai'", filed.short());
    let reply = door.gate.command(&known, &line, b"").await;
    assert!(reply.status == 1 && reply.content.is_none(), "{}", reply.text);
}

/// A term is past, and nothing names it.
async fn much_later(door: &Door, past: u32) {
    // Time is what the log has seen: a month at a time.
    for _ in 0..past.div_ceil(30) {
        door.kit.clock.pass(days(30));
        let _removed = door.gate.retain(&nord(), Actor::Gate).await.unwrap();
        door.gate.reading(&nord(), Actor::Host, "traces", None, "time passes here").await.unwrap();
    }
}

#[tokio::test]
async fn what_is_past_its_term_goes_and_what_is_held_stays() {
    let door = Door::in_order().await;
    let kept = contract(&door).await;
    let log = b"DENY 192.0.2.1\n".to_vec();
    let evidence = door.gate.file_document(&nord(), as_evidence(&door, 30), log).await.unwrap();
    let held =
        door.gate.file_document(&nord(), as_evidence(&door, 30), b"DENY 192.0.2.2\n".to_vec()).await.unwrap();
    door.done("s.rssi", &format!("hold document {} 'plainte'", held.short())).await;
    much_later(&door, 400).await;
    let there = door.gate.filed(&nord()).await.unwrap();
    assert!(there.contains(&kept) && there.contains(&held) && !there.contains(&evidence));
    let facts = door.kit.log().entries().into_iter().map(|entry| entry.fact);
    let gone: Vec<Fact> = facts.filter(|fact| matches!(fact, Fact::DocumentPurged(_))).collect();
    let [Fact::DocumentPurged(said)] = gone.as_slice() else { panic!("{gone:?}") };
    assert_eq!(said.place.as_str(), evidence.place.to_string());
    let places: Vec<_> = door.kit.cabinet.there().into_iter().map(|(_, place, _)| place).collect();
    assert!(places.len() == 2 && !places.contains(&evidence.place));
    // A paper that nothing names goes five years after it came.
    much_later(&door, PAPER_DAYS).await;
    assert_eq!(door.gate.filed(&nord()).await.unwrap(), [held]);
}

#[tokio::test]
async fn a_removal_that_broke_off_is_finished_and_no_other() {
    for step in [Step::PurgePapers, Step::ForgetPapers] {
        let door = Door::in_order().await;
        let kept = contract(&door).await;
        let log = b"DENY 192.0.2.1\n".to_vec();
        let evidence = door.gate.file_document(&nord(), as_evidence(&door, 30), log).await.unwrap();
        much_later(&door, 360).await;
        door.kit.clock.pass(days(30));
        door.kit.troubles.next(step, Mishap::full());
        assert!(door.gate.retain(&nord(), Actor::Gate).await.is_err(), "{step:?}");
        door.kit.troubles.over();
        let Door { kit, gate } = door;
        gate.stop(Duration::ZERO).await;
        let door = Door::on(kit).await;
        door.gate.retain(&nord(), Actor::Gate).await.unwrap();
        assert_eq!(door.kit.cabinet.there(), [(nord(), kept.place, true)], "{step:?}");
        assert!(!door.gate.filed(&nord()).await.unwrap().contains(&evidence));
    }
}

#[tokio::test]
async fn the_host_operator_files_nothing_during_an_emergency() {
    let kit = Kit::new();
    let gate = kit.boot_refuge(0).await.unwrap();
    let done = gate.file_document(&nord(), as_contract("Contrat"), PDF.to_vec()).await;
    assert!(matches!(done, Err(NotFiled::Refused(_))));
}

/// Papers outlive the entries that say so: before such an entry goes, what is there still is said again.
#[tokio::test]
async fn what_is_there_still_is_said_again_before_its_entry_goes() {
    let door = Door::in_order().await;
    let kept = contract(&door).await;
    for _ in 0..300 {
        door.gate.reading(&nord(), Actor::Host, "traces", None, "time passes here").await.unwrap();
    }
    let filed = |door: &Door| -> Vec<_> {
        let facts = door.kit.log().entries().into_iter().map(|entry| entry.fact);
        facts
            .filter_map(|fact| if let Fact::DocumentFiled(said) = fact { Some(said) } else { None })
            .collect()
    };
    assert_eq!(filed(&door)[0].since, None);
    much_later(&door, 400).await;
    let said = filed(&door);
    // The log in memory shows what went, too.
    let [_, said] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(said.since, Some(kept.filed_at));
    assert_eq!((said.place.as_str(), said.bytes), (kept.place.to_string().as_str(), kept.bytes));
}
