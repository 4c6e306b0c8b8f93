//! The threats of the guide's §2.2, in our words, and the scale on which their risk is told: the catalogue from which
//! a treatment of section 4 starts.

use domain::ThreatId;
use vocab::RuleId;

use crate::Manual;

/// One threat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threat {
    /// Its name in files: ours, the guide numbers none.
    pub id: ThreatId,
    /// From where it comes.
    pub title: Manual,
    /// What may happen.
    pub says: Manual,
    /// The rules that answer it, in our reading; none where the duty is the establishment's towards the provider.
    pub rules: &'static [RuleId],
}

macro_rules! threat {
    ($id:ident, $title_fr:literal / $title_en:literal, $fr:literal / $en:literal, [$($rule:ident)*]) => {
        Threat {
            id: ThreatId::$id,
            title: Manual { fr: $title_fr, en: $title_en },
            says: Manual { fr: $fr, en: $en },
            rules: &[$(RuleId::$rule),*],
        }
    };
}

/// The seven threats to the information system, then the two against what the provider entrusts to it.
pub static THREATS: [Threat; 9] = [
    threat!(
        People,
        "Les personnes du fournisseur" / "The provider's people",
        "Quelqu'un du fournisseur se trompe, néglige, enfreint ou nuit, nie ce qu'il a fait, ou se laisse abuser." /
        "Somebody at the provider errs, neglects, breaks a rule or does harm, denies what he did, or is deceived.",
        [C6 C7 C8 E2 E3 A1 O2 O5 T11 T12]
    ),
    threat!(
        Organisation,
        "L'organisation du fournisseur" / "The provider's organisation",
        "La prestation est mal rendue ou cesse, des données passent à d'autres (un sous-traitant, un autre pays), quelqu'un du fournisseur entre sans y être autorisé." /
        "The service is done badly or stops, data pass to others (a subcontractor, another country), somebody at the provider comes in without being authorised.",
        [C1 C2 C3 C4 C5 C8 E4 E8 A1 O1]
    ),
    threat!(
        Technique,
        "La technique du fournisseur" / "The provider's technique",
        "Un code malveillant ou une attaque gagne le SIS depuis la plateforme ; ceux qui s'en servent lisent ce qui n'est pas pour eux." /
        "Malware or an attack reaches the SIS from the platform; those who use it read what is not for them.",
        [E1 E2 E4 E6 E7 E8 A1 T3]
    ),
    threat!(
        Premises,
        "Les locaux du fournisseur" / "The provider's premises",
        "Des données sont prises, vues ou volées dans ses locaux ; la plateforme y est détruite, et la prestation avec elle." /
        "Data are taken, seen or stolen on its premises; the platform is destroyed there, and the service with it.",
        [E1 E2 E4 E9 A1]
    ),
    threat!(
        Information,
        "L'accès aux informations" / "Access to information",
        "Des données de santé, des données de fonctionnement ou des secrets du SIS sont divulgués ou changés." /
        "Health data, operating data or secrets of the SIS are disclosed or changed.",
        [C6 E9 O6 O7 T1 T5 T7 T9 T11]
    ),
    threat!(
        Functions,
        "L'accès aux fonctions" / "Access to functions",
        "Une fonction sensible du SIS est utilisée, changée, remplacée ou perturbée sans en avoir le droit." /
        "A sensitive function of the SIS is used, changed, replaced or disturbed without the right to.",
        [C7 O3 O4 O5 O7 O8 T1 T8 T9 T10]
    ),
    threat!(
        Means,
        "Les moyens placés dans le SIS" / "The means placed in the SIS",
        "Les échanges sont écoutés, changés, coupés ou usurpés ; l'outillage perturbe le SIS, l'infecte ou y ouvre un passage." /
        "Exchanges are overheard, changed, cut or impersonated; the tooling disturbs the SIS, infects it or opens a passage into it.",
        [E5 O3 T1 T2 T3 T4 T5 T6 T7 T8 T10]
    ),
    threat!(
        EntrustedInformation,
        "Les informations que le fournisseur confie" / "The information that the provider entrusts",
        "Le SIS protège mal ce que le fournisseur lui confie : sa confidentialité ou son intégrité est perdue."
            / "The SIS protects badly what the provider entrusts to it: its confidentiality or integrity is lost.",
        []
    ),
    threat!(
        EntrustedMeans,
        "Les moyens que le fournisseur confie" / "The means that the provider entrusts",
        "Les moyens qu'il confie sont abîmés, changés, détournés, copiés ou gardés."
            / "The means that it entrusts are damaged, changed, misused, copied or kept.",
        []
    ),
];

/// How likely, from 1: the scale of the PGSSI-S.
pub static LIKELIHOODS: [Manual; 4] = [
    Manual { fr: "Exceptionnel", en: "Exceptional" },
    Manual { fr: "Peu probable", en: "Unlikely" },
    Manual { fr: "Possible", en: "Possible" },
    Manual { fr: "Quasi certain", en: "Almost certain" },
];

/// How grave, from 1: the scale of the PGSSI-S.
pub static IMPACTS: [Manual; 4] = [
    Manual { fr: "Mineure", en: "Minor" },
    Manual { fr: "Significative", en: "Significant" },
    Manual { fr: "Importante", en: "Serious" },
    Manual { fr: "Critique", en: "Critical" },
];

/// How great the risk is.
pub static RISKS: [Manual; 3] = [
    Manual { fr: "Limité", en: "Limited" },
    Manual { fr: "Modéré", en: "Moderate" },
    Manual { fr: "Fort", en: "High" },
];

/// The threat of this name.
pub fn threat(id: ThreatId) -> Option<&'static Threat> {
    THREATS.iter().find(|threat| threat.id == id)
}

#[cfg(test)]
mod tests {
    use domain::{Estimate, RISK_MATRIX, Risk};

    use super::*;

    #[test]
    fn each_rule_answers_a_threat() {
        for id in RuleId::ALL {
            assert!(THREATS.iter().any(|threat| threat.rules.contains(&id)), "{id}");
        }
        assert_eq!(THREATS.map(|threat| threat.id), ThreatId::ALL);
        for threat in THREATS {
            assert!(threat.rules.is_sorted(), "{:?}", threat.id);
        }
    }

    #[test]
    fn risk_never_falls_as_likelihood_or_impact_grows() {
        assert_eq!(RISKS.len(), Risk::ALL.len());
        assert!(RISK_MATRIX.iter().all(|row| row.is_sorted()));
        assert!((0..4).all(|impact| RISK_MATRIX.map(|row| row[impact]).is_sorted()));
        let risk = |likelihood: u8, impact: u8| {
            let (likelihood, impact) = (likelihood.try_into().unwrap(), impact.try_into().unwrap());
            Estimate { likelihood, impact }.risk()
        };
        assert_eq!((risk(1, 3), risk(1, 4), risk(2, 4)), (Risk::Limited, Risk::Moderate, Risk::High));
        assert_eq!((risk(4, 1), risk(4, 2), risk(4, 4)), (Risk::Limited, Risk::Moderate, Risk::High));
    }
}
