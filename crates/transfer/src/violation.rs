//! How a channel breaks its protocol. Each violation ends the channel.

use vocab::Text;

/// Who is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The technician's client.
    Client,
    /// The equipment.
    Server,
}

/// The protocol was broken; the channel ends. Nothing is forwarded after it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {fault}", match side { Side::Client => "the client broke the transfer protocol", Side::Server => "the equipment broke the transfer protocol" })]
pub struct Violation {
    /// Who is at fault.
    pub side: Side,
    /// What was wrong.
    pub fault: Fault,
}

/// What was wrong with the bytes of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A packet whose length field is impossible.
    #[error("a packet of {0} bytes is outside the limits")]
    PacketLength(u32),
    /// A record line of SCP without an end.
    #[error("a record line is longer than 2047 bytes")]
    LineLength,
    /// A packet or record that does not follow its own layout.
    #[error("a malformed {0}")]
    Malformed(&'static str),
    /// A packet type that this side never sends.
    #[error("packet type {0} does not belong here")]
    UnexpectedType(u8),
    /// Something out of its turn: requests before the greeting, data before an acknowledgement.
    #[error("{0} out of turn")]
    OutOfTurn(&'static str),
    /// The equipment speaks another version than 3.
    #[error("version {0} of sftp is not spoken here, only 3")]
    Version(u32),
    /// A request id that is still in use.
    #[error("request id {0} is still in use")]
    IdInUse(u32),
    /// An answer to nothing.
    #[error("an answer to request {0}, which nobody made")]
    UnknownId(u32),
    /// An answer of the wrong kind, or with more data than was asked for.
    #[error("an answer to {0} that does not fit the request")]
    WrongAnswer(&'static str),
    /// More requests, refusals or answers at once than the gate keeps.
    #[error("too many {0} at once")]
    TooMany(&'static str),
    /// A name that leaves its folder.
    #[error("a file name with a path in it, or a name that is no name")]
    UnsafeName,
}

impl Violation {
    /// The sentence for the technician.
    pub fn text(&self) -> Text {
        let who = match self.side {
            Side::Client => "le client",
            Side::Server => "l'équipement",
        };
        let what = match self.fault {
            Fault::PacketLength(length) => format!("un paquet de {length} octets est hors limites"),
            Fault::LineLength => "une ligne dépasse 2047 octets".to_owned(),
            Fault::Malformed(what) => format!("un message mal formé ({what})"),
            Fault::UnexpectedType(kind) => format!("un paquet de type {kind} n'a pas sa place ici"),
            Fault::OutOfTurn(what) => format!("un message hors de son tour ({what})"),
            Fault::Version(version) => {
                format!("la version {version} de sftp n'est pas parlée ici, seulement la 3")
            }
            Fault::IdInUse(id) => format!("le numéro de demande {id} est déjà pris"),
            Fault::UnknownId(id) => format!("une réponse à la demande {id}, que personne n'a faite"),
            Fault::WrongAnswer(what) => format!("une réponse qui ne correspond pas à la demande ({what})"),
            Fault::TooMany(what) => format!("trop d'éléments à la fois ({what})"),
            Fault::UnsafeName => {
                "un nom de fichier qui contient un chemin, ou qui n'en est pas un".to_owned()
            }
        };
        Text::new(format!("{who} n'a pas respecté le protocole de transfert : {what}"), self.to_string())
    }
}
