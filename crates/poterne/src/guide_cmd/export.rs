//! `poterne guide export`: the guide in the formats that other tools of conformity read.

mod ciso;
mod clausier;
pub(crate) mod oscal;
mod yaml;

use std::io::Write;
use std::path::Path;

use guide::Manual;
use serde_json::Value;
use vocab::Lang;

use crate::cli::GuideExport;
use crate::takeout;
use crate::texts::{Because as _, say};

/// The guide's own title.
const GUIDE_TITLE: Manual = Manual {
    fr: "PGSSI-S : règles pour les interventions à distance sur les systèmes d'information de santé (2014)",
    en: "PGSSI-S: rules for remote interventions on health information systems (2014)",
};
/// What is exported of it.
const GUIDE: Manual = Manual {
    fr: "Les 38 règles du guide français, dites en d'autres mots que les siens. Où les deux diffèrent, le guide a raison.",
    en: "The 38 rules of the French guide, in other words than its own. Where the two differ, the guide is right.",
};
/// The families of rules, by their letter.
const FAMILIES: [(&str, Manual); 5] = [
    ("C", Manual { fr: "Le contrat", en: "The contract" }),
    ("E", Manual { fr: "Ce qui est exigé du fournisseur", en: "What is required of the provider" }),
    ("A", Manual { fr: "Le plan d'assurance sécurité", en: "The security assurance plan" }),
    ("O", Manual { fr: "L'organisation", en: "The organisation" }),
    ("T", Manual { fr: "La technique", en: "The technique" }),
];

/// Writes what is asked for: one file on standard output, or several into a folder.
pub(super) fn write(out: &mut dyn Write, what: &GuideExport, lang: Lang) -> anyhow::Result<()> {
    match what {
        GuideExport::CisoAssistant => write!(out, "{}", ciso::library(lang).document())?,
        GuideExport::Clausier => write!(out, "{}", clausier::table(lang))?,
        GuideExport::Oscal { to } => {
            // All of them, whether or not their reader leaves early.
            let documents = oscal::of_the_guide(lang, env!("CARGO_PKG_VERSION"));
            let kept = documents.iter().map(|(name, document)| keep(to, name, document));
            let kept = kept.collect::<anyhow::Result<Vec<_>>>()?;
            writeln!(out, "{}", kept.join("\n"))?;
        }
    }
    Ok(())
}

/// Writes one document into a folder, which is made; says where. A file that exists is not written over.
pub(crate) fn keep(folder: &Path, name: &str, document: &Value) -> anyhow::Result<String> {
    let file = folder.join(name);
    takeout::keep(&file, &format!("{document:#}\n")).because("file_write", &[&file.display()])?;
    Ok(say("export_written", &[&file.display()]))
}

/// A manual page of the program, a line for each paragraph.
pub(crate) fn paragraphs(manual: &str) -> String {
    let whole = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    manual.split("\n\n").map(whole).collect::<Vec<_>>().join("\n\n")
}

/// The same for readers elsewhere: what is done *here* is done by this product.
fn abroad(manual: Manual) -> [String; 2] {
    let fr = paragraphs(manual.fr).replace("\n\nIci :", "\n\nAvec Poterne :");
    [fr, paragraphs(manual.en).replace("\n\nHere:", "\n\nWith Poterne:")]
}
