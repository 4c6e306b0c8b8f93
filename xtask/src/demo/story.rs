//! What a person reads and pastes: French, with English beside it.

use super::house::{House, PEOPLE};
use super::steps::Prepared;

/// One scene: its title and what to look at in French and English, then the lines to paste.
struct Scene {
    title: [&'static str; 2],
    look: [&'static str; 2],
    lines: &'static [&'static str],
}

const SCENES: &[Scene] = &[
    Scene {
        title: ["Un contrat, et trois conditions qui manquent", "A contract, and three conditions missing"],
        look: [
            "La porte les nomme toutes. L'équipe complète la description ; à chaque fois il en manque une de moins.",
            "The door names all of them. The IT team mends the description; each time there is one less.",
        ],
        lines: &[
            "durand ssh scanner-1 id",
            "completer relais; nguyen ssh scanner-1 id",
            "completer plan; durand ssh scanner-1 id",
            "completer comptes; nguyen ssh scanner-1 id",
        ],
    },
    Scene {
        title: ["Une connexion qui s'ouvre", "One connection that opens"],
        look: [
            "Alice Durand a tout ce qu'il faut : une commande, deux résultats. Le secret du scanner, elle ne le voit jamais.",
            "Alice Durand has all that it takes: one command, two results. The scanner's secret she never sees.",
        ],
        lines: &["durand ssh scanner-1 \"cat $D/scanner/files/journal.txt; id\""],
    },
    Scene {
        title: ["Une autre refusée, avec ses raisons", "Another one refused, with its reasons"],
        look: [
            "Bruno Petit n'a rien signé. La porte dit chaque règle, ce qui y remédie et qui peut agir.",
            "Bruno Petit has signed nothing. The door says each rule, its remedy and who can act.",
        ],
        lines: &["petit ssh scanner-1"],
    },
    Scene {
        title: ["Des fichiers, chacun nommé au journal", "Files, each named in the ledger"],
        look: [
            "La deuxième ligne, une seconde après, montre le journal : nom, sens, taille, empreinte.",
            "The second line, a second later, shows the ledger: name, direction, size, hash.",
        ],
        lines: &["nguyen scp scanner-1:journal.txt \"$D\"", "sleep 1; verifier --print | grep file-passed"],
    },
    Scene {
        title: ["Regardée en direct, puis coupée", "Watched live, then cut"],
        look: [
            "Trois terminaux, chacun avec la ligne `export` ci-dessus : Alice travaille, l'équipe regarde, puis coupe.",
            "Three terminals, each with the `export` line above: Alice works, the IT team watches, then cuts.",
        ],
        lines: &[
            "durand ssh scanner-1",
            "poterne session list; poterne session watch derniere --reason 'suivi en direct'",
            "poterne session cut derniere --reason 'opération non prévue'",
        ],
    },
    Scene {
        title: ["La relecture", "The replay"],
        look: [
            "Avec la clé du lecteur, qui n'est jamais entrée dans la passerelle.",
            "With the reader's key, which never entered the gate.",
        ],
        lines: &["poterne replay derniere --idle 1", "poterne export derniere --asciicast - | head -n 5"],
    },
    Scene {
        title: ["L'intervention se clôt, et tient sur le papier", "The intervention is closed, and on paper"],
        look: [
            "Le compte rendu, la clôture par les deux parties, puis trois PDF dans le dossier `$D` ; l'empreinte de chacun est au journal.",
            "The report, the closing by both parties, then three PDF in the folder `$D`; the hash of each is in the ledger.",
        ],
        lines: &[
            "nguyen porte report i-1 'Sonde remplacée'; girard porte close i-1 reached; leroy porte confirm i-1",
            "poterne document report i-1 --out rapport.pdf",
            "poterne document statement scanner-maintenance --out bilan.pdf",
            "poterne document pack scanner-maintenance --from \"$(date -d '-1 day' '+%F %H:%M')\" --out preuves.pdf",
        ],
    },
    Scene {
        title: ["La vérification", "The verification"],
        look: [
            "Hors ligne, avec les seuls fichiers et les clés publiques du journal.",
            "Offline, with nothing but the files and the ledger's public keys.",
        ],
        lines: &["verifier"],
    },
    Scene {
        title: ["La copie falsifiée", "The forged copy"],
        look: [
            "Quelqu'un qui tient tous les fichiers réécrit une copie : la vérification dit quoi et où (✗ est attendu).",
            "Someone who holds every file rewrites a copy: verification says what and where (✗ is what should come).",
        ],
        lines: &["falsifier journal; verifier forged", "falsifier enregistrement; verifier forged"],
    },
];

/// Prints the story.
pub(super) fn tell(house: &House, prepared: &Prepared) {
    let folder = house.folder.display().to_string();
    println!("\n{}", bold("Le Centre hospitalier de Valbrume (fictif) et son scanner"));
    println!("{}", dim("Valbrume hospital (fictitious) and its scanner"));
    println!();
    for (_, short, words) in PEOPLE {
        println!("  {short:<9} {words}");
    }
    println!(
        "\nHélène Marchand a attesté la clé de chacun, après l'avoir comparée au téléphone. Avant cela, une clé n'ouvre\n\
         et n'approuve rien : qui exploite la passerelle ne peut agir au nom de personne."
    );
    println!(
        "{}",
        dim("The director vouched for each key; before that a key opens nothing, whoever runs the gate.")
    );
    println!(
        "\nUne alarme de température : Claire Morel a demandé l'intervention {}, Luc Leroy l'a approuvée et a\n\
         coché la sauvegarde, chacun sous sa clé et son code à usage unique :",
        prepared.intervention
    );
    println!(
        "{}",
        dim("A requester asked for the intervention, a beneficiary approved it and ticked the checklist:")
    );
    println!();
    for line in prepared.told.lines().filter(|line| !line.trim().is_empty()) {
        println!("    {line}");
    }
    println!("\nDans un autre terminal, d'abord : {}", dim("/ in another terminal, first:"));
    println!("\n    {}\n", bold(&format!("export D='{folder}'; PATH=\"$D/bin:$PATH\"")));
    println!(
        "Chaque commande montre la vraie ligne ssh qu'elle lance. Les codes à usage unique sont calculés ;"
    );
    println!("s'il faut attendre le suivant (30 s au plus), c'est dit.");
    println!("{}", dim("Each command shows the real ssh line that it runs. One-time codes are computed;"));
    println!("{}", dim("where the next one must be waited for (30 s at most), it says so."));
    for (number, scene) in SCENES.iter().enumerate() {
        let [french, english] = scene.title;
        println!("\n{} {}", bold(&format!("{}. {french}", number + 1)), dim(&format!("/ {english}")));
        println!("   {}\n   {}\n", scene.look[0], dim(scene.look[1]));
        for line in scene.lines {
            println!("    {}", bold(line));
        }
    }
    println!("\nEt aussi : {}", dim("/ and also:"));
    println!(
        "    leroy porte help      durand porte show {}      poterne guide show T9",
        prepared.intervention
    );
    println!("\nEntrée (ou Ctrl-C) arrête tout. {}", dim("/ Enter (or Ctrl-C) stops everything."));
}

fn bold(text: &str) -> String {
    format!("\u{1b}[1m{text}\u{1b}[0m")
}

fn dim(text: &str) -> String {
    format!("\u{1b}[2m{text}\u{1b}[0m")
}
