//! Findings, treatments and levels on a fictitious site: one change at a time.

#![expect(clippy::unwrap_used, reason = "tests")]

mod direct;
mod installed;
mod treated;

use domain::*;
use fiction::*;
use guide::{Cause, Facet, Finding, Hold, Status, assess, level_reached, treat, treatment_for};
use vocab::*;

type Change = fn(&mut ServiceFacts);

fn finding(rule: RuleId, change: Change) -> Finding {
    let mut facts = service_facts();
    change(&mut facts);
    assess(&facts, facts.level(), now()).into_iter().find(|finding| finding.rule == rule).unwrap()
}

/// The status of one rule after one change. Everything that is not met says why, and who can mend it.
fn check(rule: RuleId, status: &str, change: Change) {
    let finding = finding(rule, change);
    assert_eq!(finding.status.code().as_str(), status, "{rule}: {finding:?}");
    assert!(!finding.evidence.is_empty(), "{rule}");
    assert_eq!(finding.remedy.is_some(), finding.status.is_lacking(), "{rule}");
    let contractual = ["C", "E"].iter().any(|letter| rule.as_str().starts_with(letter));
    let asked = !matches!(finding.status, Status::NotApplicable(_));
    assert_eq!(finding.facets.is_some(), contractual && asked, "{rule}");
}

fn direct(facts: &mut ServiceFacts) {
    facts.service.path = Path::Direct;
}

fn undeclared(facts: &mut ServiceFacts) {
    facts.service.declared.clear();
}

#[test]
fn in_order_each_rule_is_met_as_it_can_be() {
    use RuleId::*;
    // C1, A1, O1, O2: that the paper came, what plan and agreement say, that the list was received are words. O3: that
    // nothing goes around the gate (T2, T3) is one. T5: so is the fingerprint.
    let enforced = [C2, C4, C6, C7, O4, T9, T10, T11];
    // What of them is enforced on somebody's word says so.
    let words: Vec<RuleId> = assess(&service_facts(), Level::Two, now())
        .into_iter()
        .filter(|one| one.by_word.is_some() && one.status.is_met() && enforced.contains(&one.rule))
        .map(|one| one.rule)
        .collect();
    assert_eq!(words, [C2, C4, C6, O4, T9]);
    let observed = [O5, T1];
    for rule in RuleId::ALL {
        let status = match rule {
            O6 | O7 | O8 | T12 => "not-for-kind",
            T6 | T7 | T8 => "other-path",
            _ if enforced.contains(&rule) => "met-enforced",
            _ if observed.contains(&rule) => "met-observed",
            _ => "met-declared",
        };
        check(rule, status, |_| {});
    }
}

/// What the product says of itself (section 6) is what its own findings give at best, rule by rule.
#[test]
fn the_statement_says_no_more_than_the_findings() {
    for id in RuleId::ALL {
        let at_best: Change = match id {
            // Asked on the other path or of another kind: what is not ours is read as declared.
            RuleId::O6 | RuleId::O7 | RuleId::O8 | RuleId::T7 | RuleId::T8 | RuleId::T12 => {
                assert_eq!(guide::rule(id).product.hold, Hold::Declared, "{id}");
                continue;
            }
            RuleId::C5 => |facts| {
                facts.contract.subcontracts = vec![Subcontract {
                    provider: name("sous"),
                    under: name("acme"),
                    listed_at: at("2026-01-10 00:00"),
                    ended_at: None,
                    authorised: Some(paper("autorisation.pdf")),
                    flow_down: Some(paper("sous-contrat.pdf")),
                }];
            },
            RuleId::E6 => |facts| {
                facts.service.rights = Rights::NONE.with(Right::SftpWrite);
                (facts.service.uploads, facts.scanning) = (Uploads::Hold, true);
            },
            RuleId::E9 => |facts| facts.settled = 1,
            // The list has reached the provider by somebody's word; the means that are agreed are the gate's own.
            RuleId::O2 => |facts| facts.contract.requesters.check = RequesterCheck::Means,
            RuleId::T6 => direct,
            RuleId::T5 => |facts| facts.service.assurance = Assurance::Certificate,
            _ => |_| {},
        };
        let expected = match guide::rule(id).product.hold {
            Hold::Enforced => "met-enforced",
            Hold::Observed => "met-observed",
            Hold::Declared => "met-declared",
            Hold::None => "unknown",
        };
        check(id, expected, at_best);
    }
}

/// E6: what the gate holds itself, and what it says of files that nothing scans.
#[test]
fn files_are_scanned_or_that_they_are_not_is_said() {
    let says = |words: &str, change: Change| {
        let finding = finding(RuleId::E6, change);
        assert!(finding.evidence.iter().any(|said| said.en.contains(words)), "{words}: {finding:?}");
    };
    fn files_only(facts: &mut ServiceFacts) {
        facts.service.rights = Rights::NONE.with(Right::SftpRead).with(Right::SftpWrite);
    }
    check(RuleId::E6, "met-enforced", |facts| {
        files_only(facts);
        (facts.service.uploads, facts.scanning) = (Uploads::Hold, true);
    });
    check(RuleId::E6, "met-enforced", |facts| {
        files_only(facts);
        facts.service.uploads = Uploads::Off;
    });
    check(RuleId::E6, "met-declared", |facts| {
        (facts.service.uploads, facts.scanning) = (Uploads::Hold, true);
    });
    check(RuleId::E6, "met-declared", |facts| facts.service.uploads = Uploads::Hold);
    check(RuleId::E6, "met-declared", |facts| {
        (facts.service.uploads, facts.scanning) = (Uploads::Hold, true);
        facts.service.rights = facts.service.rights.with(Right::Bulk);
    });
    check(RuleId::E6, "unknown", |facts| {
        undeclared(facts);
        facts.scanning = true;
    });
    says("without a scan", |_| {});
    says("nothing is scanned", |facts| facts.service.uploads = Uploads::Hold);
    says("by a terminal or a command", |_| {});
    says("`bulk`", |facts| facts.service.rights = facts.service.rights.with(Right::Bulk));
}

#[test]
fn undeclared_rules_are_unknown_or_partly_met() {
    use RuleId::*;
    for rule in [C3, C5, C8, E1, E2, E3, E4, E5, E6, E7, E8, E9, T2, T3, T4] {
        check(rule, "unknown", undeclared);
    }
    for rule in [C2, C6, C7, O3] {
        check(rule, "partly", undeclared);
    }
}

#[test]
fn what_is_missing_is_found() {
    use RuleId::*;
    check(C1, "partly", |facts| facts.contract.original = Original::Missing);
    check(C1, "not-applied", |facts| facts.contract.span.until = now());
    check(C1, "not-applied", |facts| {
        facts.contract.original = Original::Missing;
        facts.contract.span.until = now();
    });
    check(C2, "not-applied", |facts| facts.staff[0].person.country = None);
    check(C2, "not-applied", |facts| facts.staff[0].person.country = Some(name("US")));
    check(C2, "met-declared", |facts| {
        facts.staff[0].person.country = Some(name("US"));
        let basis = TransferBasis {
            country: name("US"),
            ground: "clauses types".to_owned(),
            document: paper("scc.pdf"),
        };
        facts.provider.transfers.push(basis);
    });
    check(C2, "not-applied", |facts| facts.provider.places.clear());
    // An act that is over binds nobody to its clauses.
    for rule in [C2, C3, C6, C7, E1, E9] {
        check(rule, "partly", |facts| facts.contract.span.until = now());
    }
    for rule in [C4, C5, C8] {
        check(rule, "not-applied", |facts| facts.contract.span.until = now());
    }
    check(C4, "not-applied", |facts| facts.contract.subcontracting = Subcontracting::NotStated);
    check(C4, "partly", |facts| facts.staff[0].employer = provider("autre", "Autre (fictif)"));
    check(C5, "partly", |facts| facts.staff[0].employer = provider("autre", "Autre (fictif)"));
    check(C6, "partly", |facts| facts.staff[0].engagements[0].attestation = None);
    check(C7, "partly", |facts| facts.service.actions.clear());
    check(A1, "partly", |facts| facts.contract.plan.versions[0].themes.truncate(6));
    check(A1, "not-applied", |facts| facts.contract.plan.versions[0].acceptance = Acceptance::Pending);
    check(O1, "not-applied", |facts| facts.contract.agreement = None);
    check(O1, "partly", |facts| facts.contract.agreement.as_mut().unwrap().headings.truncate(4));
    check(O2, "partly", |facts| facts.contract.requesters.acknowledged_at = None);
    check(O2, "not-applied", |facts| facts.contract.requesters.check = RequesterCheck::None);
    check(O3, "not-applied", |facts| facts.service.windows.clear());
    check(O3, "not-applied", |facts| facts.service.windows[0].agreed_by = name("m.chef"));
    check(O4, "not-applied", |facts| facts.service.checklist.clear());
    check(O4, "partly", |facts| facts.service.beneficiaries.clear());
    check(O5, "not-applied", |facts| facts.contract.report = None);
    check(T2, "not-applied", |facts| facts.equipment[0].admin_zone = None);
    check(T2, "partly", |facts| {
        facts.equipment.push(Equipment { id: name("autre"), admin_zone: None, ..facts.equipment[0].clone() });
    });
    check(O3, "partly", |facts| facts.equipment[0].admin_zone = None);
    // A link of another service's equipment leads into the same network; one of its own is a direct path as well.
    check(T3, "not-applied", |facts| facts.links = vec![(name("centrale"), "modem 4G".to_owned())]);
    check(T1, "met-observed", |facts| facts.links = vec![(name("centrale"), "modem 4G".to_owned())]);
    check(T1, "partly", |facts| facts.equipment[0].own_link = Some("modem 4G".to_owned()));
    check(T5, "met-observed", |facts| facts.service.assurance = Assurance::Certificate);
    check(T5, "partly", undeclared);
    check(T5, "partly", |facts| facts.service.assurance = Assurance::None);
    check(T9, "partly", |facts| facts.equipment[0].default_accounts = DefaultAccounts::NotChecked);
    check(T9, "not-applied", |facts| facts.equipment[0].account = None);
    // A secret that somebody was shown counts as known once it was to be another one; one that only waits does not.
    check(T9, "partly", |facts| due(facts, DueGround::Disclosed, now()));
    check(T9, "met-enforced", |facts| due(facts, DueGround::Disclosed, at("2099-01-01 00:00")));
    check(T9, "met-enforced", |facts| due(facts, DueGround::Asked, now()));
    check(T10, "not-applied", |facts| facts.service.idle_secs = 0);
    check(T10, "not-applied", |facts| facts.service.idle_secs = 1801);
    check(T11, "not-applied", |facts| facts.service.central_traces = false);
    check(T11, "not-applied", |facts| facts.trace_store.ledger_writable = false);
}

fn due(facts: &mut ServiceFacts, ground: DueGround, since: Timestamp) {
    let account = facts.equipment.first_mut().and_then(|one| one.account.as_mut());
    account.unwrap().rotation_due = Some(Due { since, ground });
}

#[test]
fn certificates_are_unique_by_their_name_and_that_is_said() {
    let key = finding(RuleId::T9, |_| {});
    let certificate = finding(RuleId::T9, |facts| {
        facts.equipment[0].account.as_mut().unwrap().secret = SecretKind::Certificate;
    });
    let says =
        |finding: &Finding| finding.evidence.iter().any(|text| text.en.starts_with("By a certificate"));
    assert!(says(&certificate) && !says(&key));
    assert_eq!(certificate.status, key.status);
}

fn closed(facts: &mut ServiceFacts, confirmed: &str) {
    let mut over = intervention();
    over.closing = Some(Closing {
        outcome: Outcome::Reached,
        proposed_by: name("a.martin"),
        proposed_at: at(confirmed),
        by_establishment: false,
        confirmed_by: Some(name("b.petit")),
        confirmed_at: Some(at(confirmed)),
    });
    facts.unsettled.push(over);
}

#[test]
fn delays_run_from_the_closing() {
    use RuleId::*;
    check(O5, "met-observed", |facts| closed(facts, "2026-11-22 17:31"));
    check(O5, "partly", |facts| closed(facts, "2026-11-22 17:30"));
    check(E9, "met-declared", |facts| closed(facts, "2026-11-17 17:31"));
    check(E9, "partly", |facts| closed(facts, "2026-11-17 17:30"));
}

#[test]
fn monitoring_that_may_change_something_is_told() {
    let watching: Change = |facts| {
        facts.service.kind = Kind::Monitoring;
        facts.service.rights = Rights::NONE.with(Right::SftpRead);
    };
    check(RuleId::C7, "met-enforced", watching);
    // A command reads or changes as its account may: said, and no more.
    let commands = finding(RuleId::C7, |facts| {
        facts.service.kind = Kind::Monitoring;
        facts.service.rights = Rights::NONE.with(Right::Exec);
    });
    assert_eq!(commands.status.code().as_str(), "met-enforced");
    assert!(commands.evidence.iter().any(|said| said.en.contains("(exec)")), "{:?}", commands.evidence);
    for right in [Right::Shell, Right::SftpWrite, Right::Scp, Right::Bulk] {
        let mut facts = service_facts();
        watching(&mut facts);
        facts.service.rights = facts.service.rights.with(right);
        let c7 = assess(&facts, Level::Two, now()).into_iter().find(|one| one.rule == RuleId::C7).unwrap();
        assert_eq!(c7.status.code().as_str(), "partly", "{right:?}");
        let (Text { fr, en }, mender) = c7.remedy.unwrap();
        assert!(fr.contains("télémaintenance") && en.contains("maintenance"), "{fr}");
        assert_eq!(mender, guide::Mender::Responsable);
        assert!(c7.evidence.iter().any(|said| said.fr.contains(right.as_str())), "{:?}", c7.evidence);
    }
    // Maintenance changes what it maintains.
    check(RuleId::C7, "met-enforced", |facts| facts.service.rights = Right::ALL.into_iter().collect());
}

#[test]
fn one_off_access_to_data_says_whether_somebody_follows_it() {
    let says = |purpose: Purpose, qualified: bool| {
        let mut facts = service_facts();
        (facts.service.purpose, facts.service.qualified) = (purpose, qualified);
        let c7 = assess(&facts, Level::Two, now()).into_iter().find(|one| one.rule == RuleId::C7).unwrap();
        assert_eq!(c7.status.code().as_str(), "met-enforced");
        c7.evidence.iter().any(|said| said.en.contains("nothing has its referent named"))
    };
    assert!(says(Purpose::DataUnderControl, false));
    assert!(!says(Purpose::DataUnderControl, true) && !says(Purpose::Functioning, false));
}

#[test]
fn what_is_entrusted_is_given_back_when_it_was_agreed() {
    fn entrusted(facts: &mut ServiceFacts, return_by: Option<Timestamp>, state: Custody) {
        facts.contract.entrusted.push(Entrusted {
            id: "boitier".to_owned(),
            what: "boîtier de diagnostic".to_owned(),
            nature: Entrust::Means,
            provider: None,
            service: None,
            equipment: Some(name("scanner")),
            received_at: at("2026-02-01 00:00"),
            received_by: name("y.biomed"),
            return_by,
            state,
        });
    }
    check(RuleId::O1, "met-declared", |facts| entrusted(facts, None, Custody::Held));
    check(RuleId::O1, "met-declared", |facts| entrusted(facts, Some(at("2026-11-24 17:31")), Custody::Held));
    check(RuleId::O1, "partly", |facts| entrusted(facts, Some(now()), Custody::Held));
    check(RuleId::O1, "met-declared", |facts| {
        let to = "coursier fictif".to_owned();
        entrusted(facts, Some(now()), Custody::Returned { at: at("2026-11-20 00:00"), to });
    });
    check(RuleId::O1, "met-declared", |facts| {
        entrusted(
            facts,
            Some(now()),
            Custody::Destroyed { at: at("2026-11-20 00:00"), by: name("y.biomed") },
        );
    });
    // For another service of the contract.
    check(RuleId::O1, "met-declared", |facts| {
        entrusted(facts, Some(now()), Custody::Held);
        facts.contract.entrusted[0].service = Some(name("autre"));
    });
}

#[test]
fn equipment_that_is_to_be_put_into_service_is_shown_as_such() {
    let planned = |done| Commissioning {
        planned: at("2026-12-01 00:00"),
        downtime_minutes: 30,
        agreed_by: name("b.petit"),
        agreed_at: at("2026-11-01 00:00"),
        rollback: "ancien accès".to_owned(),
        done,
    };
    let says = |done| {
        let mut facts = service_facts();
        facts.equipment[0].commissioning = Some(planned(done));
        let o1 = assess(&facts, Level::Two, now()).into_iter().find(|one| one.rule == RuleId::O1).unwrap();
        assert_eq!(o1.status.code().as_str(), "met-declared");
        o1.evidence.iter().any(|said| said.en.contains("scanner is still to be put into service"))
    };
    assert!(says(None) && !says(Some((at("2026-12-01 00:00"), name("y.biomed")))));
}

#[test]
fn declarations_and_audits_grow_old() {
    use RuleId::*;
    check(E1, "partly", |facts| {
        facts.service.declared.get_mut(&RuleId::E1).unwrap().held.as_mut().unwrap().until = now();
    });
    check(T3, "not-applied", |facts| {
        facts.service.declared.get_mut(&RuleId::T3).unwrap().held.as_mut().unwrap().until = now();
    });
    check(T4, "not-applied", |facts| {
        facts.service.declared.get_mut(&RuleId::T4).unwrap().held.as_mut().unwrap().at =
            at("2025-11-20 00:00");
    });
}

fn subcontract(firm: &str, under: &str, flow_down: bool) -> Subcontract {
    Subcontract {
        provider: name(firm),
        under: name(under),
        listed_at: at("2026-02-01 00:00"),
        ended_at: None,
        authorised: Some(paper("accord.pdf")),
        flow_down: flow_down.then(|| paper("sous-contrat.pdf")),
    }
}

#[test]
fn each_tier_takes_the_requirements_over() {
    let c5 = finding(RuleId::C5, |_| {});
    assert_eq!(c5.facets.unwrap().held, Facet::NotApplicable(Cause::Condition));
    // That it is nothing, the provider said on a day: without that, or before it, nobody knows.
    let unsaid = finding(RuleId::C5, |facts| facts.contract.no_subcontracting = None);
    assert!(matches!(unsaid.facets.unwrap().held, Facet::Unknown(_)));
    check(RuleId::C5, "partly", |facts| facts.contract.no_subcontracting = None);
    check(RuleId::C5, "partly", |facts| {
        facts.contract.no_subcontracting.as_mut().unwrap().at = at("2026-12-01 00:00")
    });
    check(RuleId::C5, "unknown", |facts| {
        facts.contract.no_subcontracting = None;
        undeclared(facts);
    });
    check(RuleId::C5, "met-enforced", |facts| {
        facts.contract.subcontracts = vec![subcontract("rang-2", "acme", true)]
    });
    check(RuleId::C5, "partly", |facts| {
        facts.contract.subcontracts = vec![subcontract("rang-2", "acme", false)]
    });
    check(RuleId::C5, "partly", |facts| {
        facts.contract.subcontracts =
            vec![subcontract("rang-3", "rang-2", true), subcontract("rang-2", "acme", false)];
    });
    // A circle never reaches the provider.
    check(RuleId::C5, "partly", |facts| {
        facts.contract.subcontracts =
            vec![subcontract("rang-3", "rang-2", true), subcontract("rang-2", "rang-3", true)];
    });
}

#[test]
fn local_traces_stand_in_for_central_ones_but_not_for_maintenance() {
    let local: Change = |facts| {
        facts.service.kind = Kind::Monitoring;
        facts.service.central_traces = false;
    };
    check(RuleId::T11, "met-declared", local);
    check(RuleId::T12, "met-declared", local);
    check(RuleId::T11, "not-applied", |facts| {
        facts.service.kind = Kind::Monitoring;
        facts.service.central_traces = false;
        facts.service.declared.remove(&RuleId::T12);
    });
    check(RuleId::T11, "not-applied", |facts| facts.service.central_traces = false);
    let unreasoned: Change = |facts| {
        facts.service.kind = Kind::Monitoring;
        (facts.service.central_traces, facts.service.local_traces) = (false, None);
    };
    check(RuleId::T12, "partly", unreasoned);
    check(RuleId::T11, "not-applied", unreasoned);
}

fn check_level(reached: Option<Level>, fr: &str, change: Change) {
    let mut facts = service_facts();
    change(&mut facts);
    let level = level_reached(&facts, now());
    assert_eq!(level.reached, reached, "{}", level.sentence.fr);
    assert_eq!(level.sentence.fr, fr);
    assert!(!level.sentence.en.is_empty());
}

#[test]
fn the_level_is_said_whole() {
    check_level(
        Some(Level::Two),
        "palier 2 atteint : 31 règles tenues, dont 21 sur déclaration seule, 5 que la poterne impose ou constate sur un contenu déclaré",
        |_| {},
    );
    check_level(
        Some(Level::One),
        "palier 2 non atteint : 1 règle non appliquée, dont 0 risque traité ; 21 règles tenues sur déclaration seule, 5 que la poterne impose ou constate sur un contenu déclaré ; \
         palier 1 atteint : 23 règles tenues, dont 16 sur déclaration seule, 3 que la poterne impose ou constate sur un contenu déclaré",
        |facts| facts.service.idle_secs = 0,
    );
    check_level(
        None,
        "palier 1 non atteint : 2 règles non appliquées, dont 1 risque traité ; 14 règles tenues sur déclaration seule, 3 que la poterne impose ou constate sur un contenu déclaré",
        |facts| {
            facts.service.level = Level::One;
            facts.contract.agreement = None;
            facts.service.declared.remove(&RuleId::E8);
            facts.treatments.push(treatment(RuleId::O1));
        },
    );
    check_level(
        None,
        "palier 1 non retenu : 23 règles tenues, dont 16 sur déclaration seule, 3 que la poterne impose ou constate sur un contenu déclaré ; \
         en transition jusqu'au 30/06/2027 02:00 : non conforme ; hors champ du guide",
        |facts| {
            facts.service.level = Level::One;
            facts.service.purpose = Purpose::OutsideGuide { decided_by: Some(name("r.dupont")) };
            let (service, signed_by) = (name("maintenance-scanner"), name("r.dupont"));
            let signed = Some(signature("r.dupont", year().from));
            facts.transition =
                Some(Transition { service, signed_by, span: year(), plan: paper("plan.pdf"), signed });
        },
    );
}

#[test]
fn what_nobody_looked_at_for_a_year_has_grown_old() {
    use RuleId::*;
    check(O2, "partly", |facts| {
        facts.contract.requesters.sent_at = Some(at("2025-11-01 08:00"));
        facts.contract.requesters.acknowledged_at = Some(at("2025-11-02 08:00"));
    });
    check(T9, "partly", |facts| {
        facts.equipment[0].default_accounts =
            DefaultAccounts::Clean { at: at("2025-11-20 00:00"), by: name("r.dupont") };
    });
    check(T9, "met-enforced", |facts| {
        facts.equipment[0].default_accounts =
            DefaultAccounts::Clean { at: at("2025-11-30 00:00"), by: name("r.dupont") };
    });
    // The list of requesters is the establishment's own, the platform the provider's: the look at accounts lowers nothing.
    check(E3, "met-declared", |facts| facts.contract.span.from = at("2025-01-01 00:00"));
    let late = finding(E3, |facts| facts.contract.span.from = at("2025-01-01 00:00"));
    assert!(late.evidence.iter().any(|said| said.fr.contains("Personne n'a relu cette année")), "{late:?}");
}
