//! What a rule is: a row of the guide's table, with the functions that give it effect here.

use domain::{Asked, ServiceFacts};
use vocab::{Kind, Level, Path, RuleId, Timestamp};

use crate::{Admission, Finding, Lean, Product};

/// One rule of the guide, with everything the house knows of it.
pub struct Rule {
    /// Its canonical name.
    pub id: RuleId,
    /// The kinds of intervention it is for (the columns of the guide's table).
    pub kinds: &'static [Kind],
    /// From which level on it is asked.
    pub level: Level,
    /// On which path it is asked (T1).
    pub branch: Branch,
    /// On what else it hangs.
    pub condition: Option<Condition>,
    /// What it asks, in one sentence of ours.
    pub wording: Manual,
    /// Its manual page: what it asks, why, how it is met here, what only a person can tell.
    pub manual: Manual,
    /// What an auditor is left to ask, a question a line: what no program can see of this rule (rules.md §2, columns
    /// c and d). One to three.
    pub audit: Manual,
    /// What this product by itself does for it.
    pub product: Product,
    /// Who implements it.
    pub parties: &'static [Party],
    /// On which facts it stands: what its finding is linked to, beside its sentences.
    pub leans: &'static [Lean],
    /// Whether the contract must say it (a first facet), beside its being held (the second).
    pub two_facets: bool,
    /// How far it is met by one service.
    pub assess: fn(&ServiceFacts, Timestamp) -> Finding,
    /// Whether it lets this session open; `None` where the rule has no bearing on a session.
    pub admit: Option<fn(&Asked<'_>, Timestamp) -> Admission>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Rule").field(&self.id).finish()
    }
}

/// A text that stands in the program, in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manual {
    /// En français.
    pub fr: &'static str,
    /// In English.
    pub en: &'static str,
}

impl Manual {
    /// The text in one language.
    pub const fn in_lang(&self, lang: vocab::Lang) -> &'static str {
        match lang {
            vocab::Lang::Fr => self.fr,
            vocab::Lang::En => self.en,
        }
    }
}

/// On which path of T1 a rule is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Branch {
    /// On both.
    Both,
    /// Through the access point only (T2 to T5).
    Gateway,
    /// On a direct path only (T6 to T8).
    Direct,
}

impl Branch {
    /// Whether the branch holds this path.
    pub const fn holds(self, path: Path) -> bool {
        matches!(
            (self, path),
            (Self::Both, _) | (Self::Gateway, Path::Gateway) | (Self::Direct, Path::Direct)
        )
    }

    /// The name in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Gateway => "gateway",
            Self::Direct => "direct",
        }
    }
}

/// On what a rule hangs beside kind, level and path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Its facet *actually held* is asked only while something is subcontracted (C5); its clause always.
    HeldWhileSubcontracting,
    /// Asked only where traces are not centralised (T12).
    WithoutCentralTraces,
}

/// Who implements a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// The responsable du SIS and those who act for him.
    Sis,
    /// The provider.
    Provider,
    /// The establishment, which may delegate it to the provider by contract (sentence above T1).
    SisDelegable,
    /// The beneficiary of the intervention.
    Beneficiary,
}

impl Party {
    /// In words.
    pub const fn name(self) -> Manual {
        match self {
            Self::Sis => Manual { fr: "responsable du SIS", en: "responsable of the SIS" },
            Self::Provider => Manual { fr: "fournisseur", en: "provider" },
            Self::SisDelegable => Manual {
                fr: "responsable du SIS, ou fournisseur par délégation au contrat",
                en: "responsable of the SIS, or the provider where the contract delegates it",
            },
            Self::Beneficiary => Manual { fr: "bénéficiaire", en: "beneficiary" },
        }
    }
}

/// Writes down one rule. The two doc comments are its manual page, in the documentation and in the
/// program alike, so that they cannot come apart.
macro_rules! rule {
    (
        $(#[doc = $fr:literal])+ fr,
        $(#[doc = $en:literal])+ en,
        $id:ident {
            fr: $wording_fr:literal,
            en: $wording_en:literal,
            audit: [$(($audit_fr:literal, $audit_en:literal $(,)?)),+ $(,)?],
            product: $hold:ident($product_fr:literal, $product_en:literal $(,)?),
            $($field:ident: $value:expr),+ $(,)?
        }
    ) => {
        $(#[doc = $fr])+
        #[doc = ""]
        $(#[doc = $en])+
        pub(crate) static RULE: crate::Rule = crate::Rule {
            id: vocab::RuleId::$id,
            wording: crate::Manual { fr: $wording_fr, en: $wording_en },
            manual: crate::Manual { fr: concat!($($fr, "\n"),+), en: concat!($($en, "\n"),+) },
            audit: crate::Manual { fr: concat!($($audit_fr, "\n"),+), en: concat!($($audit_en, "\n"),+) },
            product: crate::Product {
                hold: crate::Hold::$hold,
                says: crate::Manual { fr: $product_fr, en: $product_en },
            },
            $($field: $value),+
        };
    };
}
