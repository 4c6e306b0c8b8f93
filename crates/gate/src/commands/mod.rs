//! The commands of the door: `ssh -p 2222 <person>@gate <command>`, each under the acting person's own key
//! and second factor. No person is asserted.

mod accounts;
mod approve;
mod assess;
mod attend;
mod case;
mod certificate;
mod closing;
mod deadlines;
mod delivery;
mod disclose;
mod emergency;
mod history;
mod hold;
mod incident;
mod life;
mod line;
mod notices;
mod papers;
mod past;
mod plan;
mod qualify;
mod role;
mod show;
mod sign;
mod token;
mod treat;
mod voice;
mod vouch;
mod witness;

use domain::{Outcome, SecondFactor};
use events::Actor;
use vocab::{Lang, Text, is_hidden, printable_lines};

pub use role::{Deed, Role, roles_of};
pub use voice::SHEET_CODES;

use crate::bearer::Acted;
use crate::ports::{Boxed, PortError};
use crate::{Gate, Known};
pub(crate) use assess::assessed;
pub(crate) use case::not_yours;
pub(crate) use case::state;
pub use case::{NotDone, Why};
pub use closing::REPORT_MAX;
pub(crate) use closing::{propose_closing, report};
pub(crate) use deadlines::seen_by;
pub(crate) use hold::place;
pub use life::{Call, Request};
pub(crate) use life::{request, withdraw};
pub use plan::When;
pub(crate) use qualify::shown as ticket_shown;
pub(crate) use show::{is_of, visible_interventions, visible_services};

/// What a command answers, in the caller's language, and its exit status: 0 done, 1 not done, 2 usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The answer, lines separated by `\n`, without one at the end.
    pub text: String,
    /// What is said beside an answer that is to be kept in a file; empty for most.
    pub aside: String,
    /// A document that was asked for: it is the answer then, and the text is said beside it.
    pub content: Option<crate::Given>,
    /// Exit status.
    pub status: u32,
}

impl Reply {
    fn new(status: u32, text: impl Into<String>) -> Self {
        Self { text: text.into(), aside: String::new(), content: None, status }
    }
}

/// Most bytes read from standard input: a report.
pub const STDIN_MAX: usize = 64 * 1024;

impl Gate {
    /// Runs one command for a person who has just proved who he is.
    pub async fn command(&self, known: &Known, line: &str, stdin: &[u8]) -> Reply {
        let lang = known.lang;
        if line.len() > line::LINE_MAX {
            return Reply::new(2, usage(lang));
        }
        let Some(words) = line::words(line) else {
            let text = Text::new("Un guillemet n'est pas fermé.", "A quote is not closed.");
            return Reply::new(2, text.in_lang(lang));
        };
        // Quoted once more than needed, as by a script, a command is one word with blanks in it: no command is that.
        let words = match words.as_slice() {
            [one] if one.contains(' ') => line::words(one).unwrap_or(words),
            _ => words,
        };
        // Words go to other people's terminals: none of them may move a cursor there.
        let words: Vec<String> = words.iter().map(|word| plain(word)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // One login may carry several commands: a key that was withdrawn meanwhile carries no more.
        if !self.verified_key(&known.person, &known.proof.key).await {
            let text = Text::new("Votre accès n'est plus ouvert.", "Your access is no longer open.");
            return Reply::new(1, text.in_lang(lang));
        }
        if known.proof.second == Some(SecondFactor::Certificate) && !only_shows(&words) {
            let text = Text::new(
                "Avec un certificat on ouvre des sessions ; cet acte demande un code : reconnectez-vous sans lui \
                 (ssh -o CertificateFile=none …).",
                "With a certificate one opens sessions; this act needs a code: log in again without it \
                 (ssh -o CertificateFile=none …).",
            );
            return Reply::new(1, text.in_lang(lang));
        }
        // The answer shows what others named: files, devices, what the site's file says. On the heap: an act holds the
        // snapshot of a service several times over, and whoever waits for it keeps its own stack.
        match Box::pin(self.run(known, &words, stdin)).await {
            Some(Ok(said)) => Reply {
                text: printable_lines(said.text.in_lang(lang)),
                aside: said.aside.in_lang(lang).to_owned(),
                content: said.content,
                status: 0,
            },
            Some(Err(not)) => Reply::new(1, printable_lines(not.text.in_lang(lang))),
            None => match words.as_slice() {
                ["help"] | [] => Reply::new(0, usage(lang)),
                [command, ..] => Reply::new(2, usage_of(command, lang)),
            },
        }
    }

    /// `None`: the words are no command.
    async fn run(&self, who: &Known, words: &[&str], stdin: &[u8]) -> Option<Result<Said, NotDone>> {
        let given = match words {
            ["document", "get", hash, reason] => {
                let got = Box::pin(papers::get(self, who, hash, reason)).await;
                return Some(got.map(|(text, content)| Said { content: Some(content), ..Said::from(text) }));
            }
            ["certificate"] => None,
            ["certificate", "-"] => Some(String::from_utf8_lossy(stdin).into_owned()),
            _ => {
                let said = match self.shown(who, words).await {
                    None => self.act(who, words, stdin).await?,
                    Some(shown) => shown,
                };
                return Some(said.map(Said::from));
            }
        };
        let given = certificate::give(self, who, given.as_deref()).await;
        Some(given.map(|(line, aside)| Said { text: Text::new(line.clone(), line), aside, content: None }))
    }

    /// What changes nothing.
    async fn shown(&self, who: &Known, words: &[&str]) -> Option<Result<Text, NotDone>> {
        let person = &who.person;
        Some(match words {
            ["whoami"] => Ok(Text::new(format!("Vous êtes {person}."), format!("You are {person}."))),
            ["interventions" | "list"] => show::interventions(self, who).await,
            ["services"] => show::services(self, who).await,
            ["show", name] => show::one(self, who, name).await,
            ["assess", service] => assess::one(self, who, service, None).await,
            ["assess", service, at] => assess::one(self, who, service, Some(at)).await,
            ["compare", one, other, more @ ..] => {
                assess::side_by_side(self, who, &[&[*one, *other], more].concat()).await
            }
            ["deadlines"] => deadlines::of(self, who).await,
            ["people"] => vouch::people(self, who).await,
            ["known-hosts"] => show::known_hosts(self, person).await,
            ["token", "list"] => token::list(self, who).await,
            ["sessions"] => self.sessions_for(who).await,
            [word] if *word == "holds" || word.starts_with("holds@") => hold::list(self, who, word).await,
            [word] if *word == "retention" || word.starts_with("retention@") => {
                hold::kept(self, who, word).await
            }
            [word] if *word == "documents" || word.starts_with("documents@") => {
                papers::list(self, who, word).await
            }
            ["traces", what @ .., reason] => self.traces_for(who, what, reason).await,
            ["person", name, reason] => history::person(self, who, name, reason).await,
            ["history", kind, name, reason] => history::show(self, who, kind, name, reason).await,
            _ => return None,
        })
    }

    /// What a person does before anybody enters.
    async fn prepared(&self, who: &Known, words: &[&str]) -> Option<Result<Text, NotDone>> {
        Some(match words {
            ["qualify", name, impact, ticket, referent, telephone, reason] => {
                let said = qualify::Said { impact, ticket, referent, telephone, reason };
                qualify::qualify(self, who, name, said).await
            }
            ["approve", name] => approve::approve(self, who, name, None).await,
            ["approve", name, mark] => approve::approve(self, who, name, Some(mark)).await,
            ["plan", name, rest @ ..] => plan::ask(self, who, name, rest).await?,
            ["refuse", name, reason] => life::refuse(self, who, name, (*reason).to_owned()).await,
            ["check", name, item, evidence] => {
                life::check(self, who, name, item, (*evidence).to_owned(), false).await
            }
            ["check", name, item, "--not-needed", reason] => {
                life::check(self, who, name, item, (*reason).to_owned(), true).await
            }
            _ => return None,
        })
    }

    /// What a person does.
    async fn act(&self, who: &Known, words: &[&str], stdin: &[u8]) -> Option<Result<Text, NotDone>> {
        if let Some(prepared) = Box::pin(self.prepared(who, words)).await {
            return Some(prepared);
        }
        let done = match words {
            ["exception", name, span, reason] => {
                life::ask_exception(self, who, name, line::span(span)?, (*reason).to_owned()).await
            }
            ["grant", name, asker, span] => {
                life::grant_exception(self, who, name, asker, line::span(span)?).await
            }
            ["extend", name, span, reason] => {
                life::extend(self, who, name, line::span(span)?, (*reason).to_owned()).await
            }
            ["long", name, span, reason] => {
                life::declare_long(self, who, name, line::span(span)?, (*reason).to_owned()).await
            }
            ["suspend", name, reason] => life::suspend(self, who, name, (*reason).to_owned()).await,
            ["resume", name] => life::resume(self, who, name).await,
            ["confirm", name] => closing::confirm_closing(self, who, name).await,
            ["reject", name, reason] => closing::reject_closing(self, who, name, (*reason).to_owned()).await,
            ["erased", name] => closing::attest_erasure(self, who, name).await,
            ["derogate", intervention, person, equipment, rules, span, reason] => {
                let asked = emergency::Asked {
                    intervention: (*intervention).to_owned(),
                    person: (*person).to_owned(),
                    equipment: (*equipment).to_owned(),
                    rules: (*rules).to_owned(),
                    span: line::span(span)?,
                    reason: (*reason).to_owned(),
                };
                emergency::derogate(self, who, asked).await
            }
            ["review", name] => emergency::review(self, who, name, None).await,
            ["review", name, "--closed", note] => closing::review(self, who, name, (*note).to_owned()).await,
            ["review", name, note] => emergency::review(self, who, name, Some((*note).to_owned())).await,
            ["suspend-provider" | "resume-provider" | "declare-incident", ..] => {
                incident::act(self, who, words).await?
            }
            ["accounts" | "attend" | "leave" | "accept" | "decline" | "consent" | "begin" | "end", ..] => {
                Box::pin(self.looked_after(who, words)).await?
            }
            ["sign" | "treat" | "notice" | "notices" | "witness", ..] => {
                Box::pin(self.signing(who, words)).await?
            }
            ["disclose", equipment, reason] => disclose::ask(self, who, equipment, reason).await,
            ["grant-secret", equipment, asker] => disclose::grant(self, who, equipment, asker).await,
            ["reveal", equipment] => disclose::reveal(self, who, equipment).await,
            ["returned", equipment] => disclose::returned(self, who, equipment).await,
            ["sheet"] => voice::draw(self, who).await,
            ["voice", person, rest @ ..] => voice::relay(self, who, person, rest).await?,
            ["token", words @ ..] => token::act(self, who, words).await?,
            ["hold" | "release" | "document", ..] => hold::act(self, who, words).await?,
            ["vouch", pairs @ ..] if !pairs.is_empty() => vouch::vouch(self, who, pairs).await,
            ["cut", session, reason] => self.cut_for(&who.person, session, reason).await,
            _ => return self.acted(who, words, stdin).await.map(|done| done.map(|acted| acted.said)),
        };
        Some(done)
    }

    /// Who follows, lets in, works past the gate and may come: on the heap as one, as what is signed.
    async fn looked_after(&self, who: &Known, words: &[&str]) -> Option<Result<Text, NotDone>> {
        Some(match words {
            ["attend", name, span] => attend::attend(self, who, name, line::span(span)?).await,
            ["leave", name] => attend::leave(self, who, name).await,
            ["accept", name, hash] => delivery::settle(self, who, name, hash, None).await,
            ["decline", name, hash, reason] => {
                delivery::settle(self, who, name, hash, Some((*reason).to_owned())).await
            }
            ["consent", name, person] => past::consent(self, who, name, person).await,
            ["begin", name, person] => past::begin(self, who, name, person).await,
            ["end", name, person] => past::end(self, who, name, person).await,
            ["accounts", service] => accounts::list(self, who, service).await,
            ["accounts", service, mark] => accounts::confirm(self, who, service, mark).await,
            _ => return None,
        })
    }

    /// What is signed and what is read: on the heap as one, because each holds the snapshots of many services.
    async fn signing(&self, who: &Known, words: &[&str]) -> Option<Result<Text, NotDone>> {
        Some(match words {
            ["sign", service] => sign::list(self, who, service).await,
            ["sign", service, what, mark] => sign::sign(self, who, service, what, mark).await,
            ["witness", service] => witness::list(self, who, service).await,
            ["witness", service, what, mark] => witness::confirm(self, who, service, what, mark).await,
            ["treat"] => treat::show(self, who, None).await,
            ["treat", batch] => treat::show(self, who, Some(batch)).await,
            ["treat", batch, mark] => treat::sign(self, who, batch, mark).await,
            ["notices"] => notices::list(self, who).await,
            ["notice", "read", provider] => notices::read(self, who, provider).await,
            _ => return None,
        })
    }
}

impl Gate {
    /// What programs do in a person's name too.
    fn acted<'a>(
        &'a self,
        who: &'a Known,
        words: &'a [&'a str],
        stdin: &'a [u8],
    ) -> Boxed<'a, Option<Result<Acted, NotDone>>> {
        Box::pin(async move {
            Some(match words {
                ["request", service, rest @ ..] => life::request(self, who, asked(service, rest)?).await,
                ["withdraw", name, reason] => life::withdraw(self, who, name, (*reason).to_owned()).await,
                ["report", name] => {
                    closing::report(self, who, name, plain(&String::from_utf8_lossy(stdin))).await
                }
                ["report", name, text] => closing::report(self, who, name, (*text).to_owned()).await,
                ["close", name, "reached"] => {
                    closing::propose_closing(self, who, name, Outcome::Reached).await
                }
                ["close", name, "unreachable"] => {
                    closing::propose_closing(self, who, name, Outcome::Unreachable).await
                }
                _ => return None,
            })
        })
    }
}

impl Gate {
    /// `traces <what> "reason"`: what the log has of something, for who answers for it.
    async fn traces_for(&self, who: &Known, what: &[&str], reason: &str) -> Result<Text, NotDone> {
        let hold::Named { establishment, about, .. } = hold::named(self, who, what, Deed::ReadTraces).await?;
        let by = Actor::Person(who.person.clone());
        let read = self.read_traces(&establishment, by, &about, reason).await;
        read.map(|read| read.text()).map_err(|error| match error {
            PortError::Conflict(_) => NotDone::new(
                "Dites pourquoi vous les lisez, en huit caractères au moins : c'est écrit au journal.",
                "Say why you read them, in eight characters at least: it is written into the ledger.",
            ),
            error => error.into(),
        })
    }
}

/// What a command answers, and what is said beside it.
struct Said {
    text: Text,
    aside: Text,
    content: Option<crate::Given>,
}

impl From<Text> for Said {
    fn from(text: Text) -> Self {
        Self { text, aside: Text::new("", ""), content: None }
    }
}

/// Whether a command changes nothing: with a certificate, nothing else is answered.
fn only_shows(words: &[&str]) -> bool {
    const SHOW: [&str; 9] =
        ["whoami", "services", "interventions", "list", "show", "known-hosts", "sessions", "people", "help"];
    words.first().is_none_or(|command| SHOW.contains(command))
}

/// The text without hidden characters; the ends of lines stay, each set in so that no line can be taken for one of
/// the gate's.
pub(crate) fn plain(text: &str) -> String {
    let kept: String = text.chars().filter(|c| *c == '\n' || !is_hidden(*c)).collect();
    kept.trim_end().replace('\n', "\n    ")
}

/// `request <service> [--on a,b] [--out "reason"] [--from …] [--until … | --for 4h] [--caller p --called-back n] "objective"`.
fn asked(service: &str, rest: &[&str]) -> Option<life::Request> {
    let mut request = life::Request {
        service: service.to_owned(),
        equipment: Vec::new(),
        objective: String::new(),
        reason_out: None,
        wanted: plan::When::default(),
        call: None,
    };
    let (mut caller, mut number) = (None, None);
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match *word {
            "--on" => request.equipment = words.next()?.split(',').map(str::to_owned).collect(),
            "--out" => request.reason_out = Some((*words.next()?).to_owned()),
            "--caller" => caller = Some((*words.next()?).to_owned()),
            "--called-back" => number = Some((*words.next()?).to_owned()),
            objective if request.objective.is_empty() && !objective.starts_with("--") => {
                request.objective = objective.to_owned();
            }
            option => request.wanted.take(option, &mut words)?,
        }
    }
    request.call = match (caller, number) {
        (Some(caller), Some(number)) => Some(life::Call { caller, number }),
        (None, None) => None,
        _ => return None,
    };
    (!request.objective.is_empty()).then_some(request)
}

/// Characters shown of a command that is none.
const COMMAND_SHOWN: usize = 40;

/// How one command is used, or that there is none of that name.
fn usage_of(command: &str, lang: Lang) -> String {
    let all = usage(lang);
    // Commands stand two columns in, several on a line three columns apart; what explains them is deeper.
    let names = |line: &str| {
        line.strip_prefix("  ")
            .filter(|line| !line.starts_with(' '))
            .is_some_and(|line| line.split("   ").any(|part| part.split_whitespace().next() == Some(command)))
    };
    let (mut lines, mut shown) = (Vec::new(), false);
    for line in all.lines() {
        shown = names(line) || (shown && line.starts_with("   "));
        if shown {
            lines.push(line);
        }
    }
    let title = |fr: &str, en: &str| Text::new(fr, en).in_lang(lang).to_owned();
    if lines.is_empty() {
        let name: String = command.chars().take(COMMAND_SHOWN).collect();
        return title(
            &format!("Commande inconnue : « {name} ». `help` montre toutes les commandes."),
            &format!("Unknown command: `{name}`. `help` shows all commands."),
        );
    }
    let incomplete = title("Cette commande s'écrit ainsi :", "This command is written so:");
    format!("{incomplete}\n{}", lines.join("\n"))
}

/// The commands, in the caller's language.
fn usage(lang: Lang) -> String {
    match lang {
        Lang::Fr => include_str!("help.fr.txt"),
        Lang::En => include_str!("help.en.txt"),
    }
    .trim_end()
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_written_wrongly_is_shown_alone() {
        let check = |command, lang, lines: &[&str]| {
            let shown = usage_of(command, lang);
            let shown: Vec<&str> = shown.lines().skip(1).map(str::trim).collect();
            assert_eq!(shown, lines, "{command}");
        };
        check(
            "approve",
            Lang::Fr,
            &[
                "approve i-12 [<marque>]           approuver, avec sa durée (bénéficiaire) ; marque : l'autre durée demandée",
            ],
        );
        check(
            "request",
            Lang::En,
            &[
                r#"request <service> [--on a,b] [--out "reason"] "objective""#,
                "ask; --out: why files will leave",
                "--from '2026-03-14 22:00' --until '…' | --for 4h",
                "when (local time); else from now to the end of the next window",
                "--caller <person> --called-back <number>",
                "asked by telephone, called back (on call, IT team, beneficiary)",
            ],
        );
        check(
            "reject",
            Lang::Fr,
            &["confirm i-12   reject i-12 \"…\"    confirmer ou refuser la clôture (l'autre partie)"],
        );
        let unknown = usage_of(&"exceptoin".repeat(9), Lang::Fr);
        assert!(
            unknown.contains("« exceptoin") && unknown.contains("help") && unknown.len() < 200,
            "{unknown}"
        );
    }
}
