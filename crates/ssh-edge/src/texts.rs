//! What the edge says to technicians, in both languages.

use gate::{Barred, LoginRefused};
use transfer::{Forbidden, Name};
use vocab::{Right, Text};

use crate::dialler::Unreached;

/// Who comes when there is no more room.
pub(crate) fn full() -> &'static str {
    "Poterne : la porte est pleine, reessayez dans quelques minutes. / The door is full: try again in some minutes."
}

/// The prompt of the second factor.
pub(crate) fn code_prompt() -> &'static str {
    "Code à usage unique / One-time code: "
}

/// Why no code is taken any more, to a person whose key was verified.
pub(crate) fn no_login(refused: LoginRefused) -> &'static str {
    match refused {
        LoginRefused::Locked => {
            "Trop de codes erronés : accès verrouillé une minute, et plus longtemps à chaque fois. / Too many wrong codes: locked for a minute, and longer each time."
        }
        LoginRefused::Wrong | LoginRefused::Unable => {
            "La passerelle ne peut pas vérifier ce code : prévenez l'établissement. / The gate cannot check this code: tell the establishment."
        }
    }
}

/// Why a channel, or something in it, may not cross.
pub(crate) fn barred(why: Barred) -> Text {
    let (fr, en) = match why {
        Barred::Right(right) => return no_right(right),
        Barred::Stream => return no_right(Right::Bulk),
        Barred::Session => (
            "les commandes de cette session ont échangé plus de 1 Mio sans nom de fichier ; au-delà, la prestation doit donner le droit `bulk`",
            "the commands of this session have carried more than 1 MiB without a file name; beyond it the service must give the right `bulk`",
        ),
        Barred::Hour => (
            "vos sessions de cette intervention ont échangé plus de 4 Mio sans nom de fichier en une heure ; au-delà, la prestation doit donner le droit `bulk`",
            "your sessions of this intervention have carried more than 4 MiB without a file name in an hour; beyond it the service must give the right `bulk`",
        ),
        Barred::Typed => (
            "ce terminal a reçu plus de 64 Kio en une minute, plus que l'on ne tape ; au-delà, la prestation doit donner le droit `bulk`",
            "this terminal was sent more than 64 KiB in a minute, more than anybody types; beyond it the service must give the right `bulk`",
        ),
        Barred::NoReason => (
            "plus de 64 Kio sans nom de fichier sortiraient, et l'intervention n'indique aucun motif de sortie (E9) : il se donne à la demande (`--out`)",
            "more than 64 KiB without a file name would leave, and the intervention states no reason for it (E9): it is given with the request (`--out`)",
        ),
        Barred::Channels => ("trop de canaux dans cette session", "too many channels in this session"),
    };
    Text::new(format!("Poterne : {fr}."), format!("Poterne: {en}."))
}

/// A right that the service does not give.
fn no_right(right: Right) -> Text {
    let (fr, en) = match right {
        Right::Shell => ("l'ouverture d'un terminal", "an interactive shell"),
        Right::Exec => ("l'exécution de commandes", "commands"),
        Right::SftpRead => ("la lecture de fichiers par SFTP", "reading files over SFTP"),
        Right::SftpWrite => ("l'écriture de fichiers par SFTP", "writing files over SFTP"),
        Right::Scp => ("la copie par l'ancien protocole SCP", "copies by the old SCP protocol"),
        Right::Bulk => (
            "les flux sans nom de fichier (rsync, tar, entrée ou sortie de plus de 64 Kio)",
            "streams without a file name (rsync, tar, input or output beyond 64 KiB)",
        ),
    };
    let name = right.as_str();
    Text::new(
        format!("Poterne : la prestation n'autorise pas {fr} (droit `{name}`)."),
        format!("Poterne: the service does not permit {en} (right `{name}`)."),
    )
}

/// Why the equipment was not reached.
pub(crate) fn unreached(why: &Unreached) -> Text {
    let (fr, en) = match why {
        Unreached::Down => (
            "l'équipement ne répond pas : il est éteint ou injoignable",
            "the equipment does not answer: it is down or cannot be reached",
        ),
        Unreached::Refusing => (
            "l'équipement refuse la connexion : son service SSH est arrêté",
            "the equipment refuses the connection: its SSH service is stopped",
        ),
        Unreached::Hanging => (
            "l'équipement accepte la connexion mais ne dialogue pas",
            "the equipment accepts the connection but does not speak",
        ),
        Unreached::HostKeyChanged(_) => (
            "la clé d'hôte de l'équipement n'est pas celle qui a été enregistrée à sa mise en service ; rien n'a été transmis. Prévenez l'établissement",
            "the host key of the equipment is not the one pinned at its commissioning; nothing was sent. Tell the establishment",
        ),
        Unreached::Algorithms => (
            "l'équipement et la passerelle n'ont aucun algorithme en commun ; l'établissement peut en autoriser d'anciens pour cet équipement",
            "the equipment and the gate share no algorithm; the establishment may permit old ones for this equipment",
        ),
        Unreached::Description => (
            "la description de cet équipement nomme un algorithme inconnu",
            "the description of this equipment names an unknown algorithm",
        ),
        Unreached::Secret => (
            "le secret du compte réservé de cet équipement est illisible",
            "the secret of this equipment's reserved account cannot be read",
        ),
        Unreached::LoginRefused => {
            ("l'équipement a refusé le compte réservé", "the equipment refused the reserved account")
        }
        Unreached::Broken => ("l'équipement a rompu le dialogue SSH", "the equipment broke the SSH dialogue"),
    };
    Text::new(format!("Poterne : {fr}."), format!("Poterne: {en}."))
}

/// Why no channel of a forwarding is opened. In both languages, because the library has no language; without
/// accents, because OpenSSH's client shows them as numbers.
pub(crate) const NO_FORWARDING: &str =
    "Poterne : aucun transfert de port ni d'affichage / Poterne: no forwarding of ports or display";

/// A connection that asked for nothing that opens a session. Without accents, as above.
pub(crate) fn nothing_opened() -> Text {
    Text::new(
        "Poterne : aucune session ouverte. Les transferts de port, d'agent et d'affichage sont exclus : demandez un terminal, une commande ou des fichiers.",
        "Poterne: no session was opened. Forwarding of ports, agent and display is closed: ask for a shell, a command or files.",
    )
}

/// Why a request of a transfer was refused at the gate. Most clients show nothing of it but a code.
pub(crate) fn forbidden(why: Forbidden) -> Text {
    let Text { fr, en } = why.text();
    Text::new(format!("Poterne : {fr}."), format!("Poterne: {en}."))
}

/// A way that is none: the same for what does not exist and for what is not the person's to know. OpenSSH's client shows
/// nothing but ASCII of it.
pub(crate) fn no_such_way(host: &str) -> Text {
    let host: String = host.chars().filter(char::is_ascii_graphic).collect();
    Text::new(
        format!("Poterne : {host} n'est le nom d'aucun appareil que vous puissiez atteindre, sur ce port"),
        format!("Poterne: {host} is the name of no equipment that you may reach, on that port"),
    )
}

/// An upload that the gate could not keep.
pub(crate) fn not_held(path: &Name) -> Text {
    Text::new(
        format!(
            "{path} : la porte n'a pas pu retenir ce fichier pour analyse (E6) ; l'équipement n'en a rien reçu."
        ),
        format!(
            "{path}: the gate could not hold this file to be scanned (E6); the equipment received none of it."
        ),
    )
}

/// The equipment refused to start what was asked.
pub(crate) fn not_started() -> Text {
    Text::new(
        "Poterne : l'équipement a refusé cette demande.",
        "Poterne: the equipment refused this request.",
    )
}

/// A transfer that broke its protocol.
pub(crate) fn transfer_broken(what: &dyn std::fmt::Display) -> Text {
    Text::new(
        format!("Poterne : transfert interrompu ({what})."),
        format!("Poterne: transfer ended ({what})."),
    )
}

/// Something on the gate's own name that is no command.
pub(crate) fn commands_only() -> Text {
    Text::new(
        "Poterne : ce nom d'utilisateur n'ouvre que les commandes de la passerelle ; pour un équipement : <intervenant>+<équipement>.",
        "Poterne: this user name opens the gate's commands only; for an equipment: <technician>+<equipment>.",
    )
}

/// A command whose input is too long.
pub(crate) fn input_too_long() -> Text {
    Text::new("Poterne : l'entrée dépasse 64 Kio.", "Poterne: the input is longer than 64 KiB.")
}

/// A document was asked for on a terminal.
pub(crate) fn no_terminal() -> Text {
    Text::new(
        "Poterne : un document se prend sans terminal (ssh sans -t), dans un fichier : … document get … | base64 -d > fichier",
        "Poterne: a document is taken without a terminal (ssh without -t), into a file: … document get … | base64 -d > file",
    )
}

/// The terms no longer carry a channel.
pub(crate) fn right_lost() -> Text {
    Text::new(
        "Poterne : canal fermé, la prestation ne l'autorise plus.",
        "Poterne: channel closed, the service no longer permits it.",
    )
}

/// A fault of ours.
pub(crate) fn internal() -> Text {
    Text::new(
        "Poterne : erreur interne, session close. Prévenez l'établissement.",
        "Poterne: internal error, session closed. Tell the establishment.",
    )
}

/// The gate is stopped.
pub(crate) fn gate_stops() -> Text {
    Text::new("Poterne : la passerelle s'arrête.", "Poterne: the gate stops.")
}
