//! What one transfer channel may do.

use vocab::{Right, Rights, Terms, Text, Uploads};

/// What one transfer channel may do. Nothing by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allowed {
    /// Listings and links of the equipment may be read.
    pub list: bool,
    /// Content of files may leave the equipment (needs the right, and a reason on the intervention: E9).
    pub take_out: bool,
    /// Files may be written and changed.
    pub write: bool,
    /// Content may be brought to the equipment: the service takes uploads (E6).
    pub put: bool,
}

impl Allowed {
    /// Everything; for tests and for callers that decided elsewhere.
    pub const ALL: Self = Self { list: true, take_out: true, write: true, put: true };

    /// What the terms of a session allow over SFTP.
    pub fn sftp(terms: &Terms) -> Self {
        let list = terms.rights.has(Right::SftpRead);
        let (write, put) = (terms.rights.has(Right::SftpWrite), terms.uploads != Uploads::Off);
        Self { list, take_out: list && terms.may_take_out, write, put }
    }

    /// What the terms of a session allow over the old copy protocol. [`Right::Scp`] opens the protocol,
    /// both ways; files leave only when the intervention states a reason (E9).
    pub fn scp(terms: &Terms) -> Self {
        let scp = terms.rights.has(Right::Scp);
        Self {
            list: scp,
            take_out: scp && terms.may_take_out,
            write: scp,
            put: terms.uploads != Uploads::Off,
        }
    }

    /// Whether anything is allowed at all: otherwise the channel is refused as a whole.
    pub const fn anything(self) -> bool {
        self.list || self.take_out || self.write
    }
}

/// Why a request was refused at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Forbidden {
    /// The service has no right to read files.
    Read,
    /// The service has the right, but the intervention states no reason for files to leave (E9).
    NoReason,
    /// The service has no right to write or change files.
    Write,
    /// The service has no right to the old copy protocol.
    Scp,
    /// An extension or flag that the gate does not understand.
    Unknown,
    /// A name that is too long, or holds a NUL.
    Name,
    /// A handle that is not open on this channel.
    Handle,
    /// A place in a file beyond 2^53 − 1 bytes: no file is that long, and no ledger counts that far.
    Offset,
    /// Too many files open at once.
    TooManyOpen,
    /// The service takes no uploads.
    Put,
    /// Uploads are held until they are decided: a file is written whole, from its beginning, and not read meanwhile.
    Held,
    /// Longer than a file that is held may be.
    TooLong,
    /// There is no room where uploads are held.
    NoRoom,
    /// A name under which the gate writes what was held.
    GateName,
}

impl Forbidden {
    /// The code for ledgers and logs; stable.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Read => "no-right-to-read",
            Self::NoReason => "no-reason-to-take-out",
            Self::Write => "no-right-to-write",
            Self::Scp => "no-right-to-scp",
            Self::Unknown => "not-understood",
            Self::Name => "bad-name",
            Self::Handle => "unknown-handle",
            Self::Offset => "bad-offset",
            Self::TooManyOpen => "too-many-open",
            Self::Put => "no-uploads",
            Self::Held => "held-whole-only",
            Self::TooLong => "held-too-long",
            Self::NoRoom => "held-no-room",
            Self::GateName => "held-name",
        }
    }

    /// The right that would mend it, when one would.
    pub fn needs(self) -> Rights {
        match self {
            Self::Read => Rights::NONE.with(Right::SftpRead),
            Self::Write => Rights::NONE.with(Right::SftpWrite),
            Self::Scp => Rights::NONE.with(Right::Scp),
            _ => Rights::NONE,
        }
    }

    /// The sentence for the technician: what is refused, and where somebody can mend it, what does.
    pub fn text(self) -> Text {
        match self {
            Self::Read => Text::new(
                "la prestation n'autorise pas la lecture de fichiers de l'équipement (droit `sftp-read`)",
                "the service gives no right to read files of the equipment (right `sftp-read`)",
            ),
            Self::NoReason => Text::new(
                "l'intervention n'indique aucun motif de sortie de fichiers (E9) : il se donne à la demande (`--out`)",
                "the intervention states no reason for files to leave (E9): it is given with the request (`--out`)",
            ),
            Self::Write => Text::new(
                "la prestation n'autorise pas l'écriture de fichiers sur l'équipement (droit `sftp-write`)",
                "the service gives no right to write files on the equipment (right `sftp-write`)",
            ),
            Self::Scp => Text::new(
                "la prestation n'autorise pas l'ancien protocole scp (droit `scp`)",
                "the service gives no right to the old scp protocol (right `scp`)",
            ),
            Self::Unknown => Text::new(
                "cette demande n'est pas comprise par la passerelle",
                "the gate does not understand this request",
            ),
            Self::Name => Text::new(
                "ce nom de fichier est trop long ou contient un octet nul",
                "this file name is too long or holds a NUL byte",
            ),
            Self::Handle => {
                Text::new("ce fichier n'est pas ouvert sur ce canal", "this file is not open on this channel")
            }
            Self::Offset => Text::new(
                "aucun fichier n'est aussi long que cette demande le suppose",
                "no file is as long as this request supposes",
            ),
            Self::TooManyOpen => {
                Text::new("trop de fichiers sont ouverts en même temps", "too many files are open at once")
            }
            Self::Put => Text::new(
                "la prestation n'accepte aucun dépôt de fichier (E6)",
                "the service takes no uploads (E6)",
            ),
            Self::Held => Text::new(
                "les dépôts sont retenus jusqu'à leur analyse (E6) : un fichier s'écrit en entier depuis son début, sans \
                 ajout ni reprise",
                "uploads are held until they are scanned (E6): a file is written whole from its beginning, without \
                 appending or resuming",
            ),
            Self::TooLong => Text::new(
                "le fichier est plus long que ce qui peut être retenu pour analyse (16 Gio)",
                "the file is longer than can be held for scanning (16 GiB)",
            ),
            Self::NoRoom => Text::new(
                "la porte n'a plus de place pour retenir ce fichier",
                "the gate has no room left to hold this file",
            ),
            Self::GateName => Text::new(
                "les noms `.poterne-…` sont ceux sous lesquels la porte écrit les fichiers retenus (E6) ; ils ne peuvent \
                 qu'être lus ou supprimés",
                "the names `.poterne-…` are those under which the gate writes what was held (E6); they can only be read \
                 or removed",
            ),
        }
    }
}
