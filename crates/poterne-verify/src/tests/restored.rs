//! A log that says that it was restored from a backup.

use super::*;

#[test]
fn a_restoration_is_shown_and_what_it_lost_is_named() {
    let evidence = Evidence::new(encoded(restored(4)), &[(1, container(1, 1, finished()))]);
    let open = "-|1|51|a session of a boot that is over, without its end";
    let report = evidence.verify();
    assert_eq!(problems(&report), [open], "it is to be closed by whoever restored");
    assert_eq!(report.restored.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [4]);
    let (fr, en) = (report.summary(Lang::Fr), report.summary(Lang::En));
    assert!(fr.contains("restauré à l'entrée 4 d'après une sauvegarde de 2026-11-24T00:00:03Z"), "{fr}");
    assert!(en.contains("restored at entry 4 from a backup of 2026-11-24T00:00:03Z"), "{en}");
    assert!(report.json().contains("{\"index\":4,\"taken\":\"2026-11-24T00:00:03Z\"}"), "{}", report.json());

    // An auditor who kept a checkpoint, of before and of after.
    let since = |note: Vec<u8>| {
        evidence.write("older", &note);
        let asked = crate::Asked { since: Some(evidence.folder.join("older")), ..evidence.asked() };
        let report = crate::verify(&asked, &mut Vec::new(), &|| {}).unwrap();
        problems(&report).into_iter().filter(|problem| problem != open).collect::<Vec<_>>()
    };
    let former = Evidence::honest();
    for size in 0..=4 {
        assert_eq!(since(former.checkpoint_of(size)), [""; 0], "agrees");
    }
    for size in 5..=9 {
        assert_eq!(since(evidence.checkpoint_of(size)), [""; 0], "agrees, of the restored log");
    }
    for size in 5..=12 {
        let beyond = format!(
            "checkpoint|-|-|the older checkpoint reaches beyond the restoration declared at entry 4: entries 4 to {} \
             of the former log are not here",
            size - 1
        );
        assert_eq!(since(former.checkpoint_of(size)), [beyond], "shorter or longer than what there is now");
    }
    // What was before the restoration is as it was, or it is another log.
    let mut other = honest();
    other[3].at = vocab::Timestamp::from_secs(1);
    let other = Evidence::new(encoded(other), &[]);
    assert_eq!(
        since(other.checkpoint_of(4)),
        ["checkpoint|-|-|the first 4 entries are not those once signed"]
    );
}

#[test]
fn a_restoration_is_said_where_it_took_place() {
    let mut log = restored(1);
    assert_eq!(problems(&Evidence::new(encoded(log.clone()), &[]).verify()), [""; 0]);
    log.swap(1, 2);
    log.iter_mut().skip(1).zip(1..).for_each(|(entry, seq)| entry.seq = seq);
    assert_eq!(
        problems(&Evidence::new(encoded(log), &[]).verify()),
        ["-|2|-|the restoration is not said where it took place"]
    );
}
