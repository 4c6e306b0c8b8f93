//! All that the typesetter sees: our templates, the fonts that are linked in, and the data. There is no file, no package,
//! no network and no clock in it.

use std::sync::LazyLock;

use documents::Document;
use sha2::{Digest, Sha256};
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Dict, Duration, IntoValue, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::{Refused, text};

/// Our templates, by their names.
const TEMPLATES: &[(&str, &str)] = &[
    ("base.typ", include_str!("../templates/base.typ")),
    ("parts.typ", include_str!("../templates/parts.typ")),
    ("around.typ", include_str!("../templates/around.typ")),
    ("traced.typ", include_str!("../templates/traced.typ")),
    ("statement.typ", include_str!("../templates/statement.typ")),
    ("statement-main.typ", include_str!("../templates/statement-main.typ")),
    ("provider-main.typ", include_str!("../templates/provider-main.typ")),
    ("report-main.typ", include_str!("../templates/report-main.typ")),
    ("engagement-main.typ", include_str!("../templates/engagement-main.typ")),
    ("pack-main.typ", include_str!("../templates/pack-main.typ")),
    ("kit-main.typ", include_str!("../templates/kit-main.typ")),
];

/// The fonts that the templates name, and no other: Libertinus Serif and DejaVu Sans Mono.
static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    let all = typst_assets::fonts().flat_map(|data| Font::iter(Bytes::new(data)));
    all.filter(|font| ["Libertinus Serif", "DejaVu Sans Mono"].contains(&font.info().family.as_str()))
        .collect()
});

/// What one compilation sees.
struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    main: FileId,
    sources: Vec<Source>,
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let found = self.sources.iter().find(|source| source.id() == id).cloned();
        found.ok_or_else(|| FileError::NotFound(id.vpath().get_without_slash().into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        Err(FileError::NotFound(id.vpath().get_without_slash().into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// The pages of a document, and what its data is called by.
pub(crate) fn laid_out(document: &Document, data: &[u8]) -> Result<(PagedDocument, String), Refused> {
    let digest: String = Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect();
    moment_is_whole(&document.made.utc)?;
    let covers = |c: char| FONTS.iter().any(|font| font.info().coverage.contains(u32::from(c)));
    let shown = text::printable(document, &covers).map_err(|error| Refused::fault(error.to_string()))?;
    let mut inputs = Dict::new();
    inputs.insert("data".into(), shown.to_string().into_value());
    inputs.insert("digest".into(), digest.as_str().into_value());
    let name = |name: &str| {
        let path = VirtualPath::new(name).map_err(|error| Refused::fault(error.to_string()))?;
        Ok(RootedPath::new(VirtualRoot::Project, path).intern())
    };
    let sources = TEMPLATES.iter().map(|(path, text)| Ok(Source::new(name(path)?, (*text).to_owned())));
    let desk = Desk {
        library: LazyHash::new(Library::builder().with_inputs(inputs).build()),
        book: LazyHash::new(FontBook::from_fonts(FONTS.iter())),
        main: name(&format!("{}-main.typ", document.body.kind()))?,
        sources: sources.collect::<Result<_, Refused>>()?,
    };
    let pages = typst::compile::<PagedDocument>(&desk).output.map_err(|errors| fault(&desk, &errors))?;
    Ok((pages, digest))
}

/// The PDF: archival (PDF/A-2a; a pack PDF/A-3a) and accessible (PDF/UA-1) at once, the same bytes for the same data.
pub(crate) fn print(document: &Document, data: &[u8]) -> Result<Vec<u8>, Refused> {
    let (pages, digest) = laid_out(document, data)?;
    // Only the third part lets a file stand in the file: the signed checkpoint of a pack.
    let pack = matches!(document.body, documents::Body::Pack(_));
    let archival = if pack { PdfStandard::A_3a } else { PdfStandard::A_2a };
    let standards = PdfStandards::new(&[archival, PdfStandard::Ua_1]);
    let options = PdfOptions {
        ident: Smart::Custom(digest),
        creator: Smart::Custom(Some("poterne-typesetter".to_owned())),
        standards: standards.map_err(|error| Refused::fault(error.message().to_string()))?,
        ..PdfOptions::default()
    };
    let said =
        |errors: &[SourceDiagnostic]| errors.iter().map(|one| one.message.to_string()).collect::<Vec<_>>();
    typst_pdf::pdf(&pages, &options).map_err(|errors| Refused::fault(said(&errors).join("; ")))
}

/// The templates read the digits of this moment: `2026-11-28T09:30:00Z`.
fn moment_is_whole(utc: &str) -> Result<(), Refused> {
    let shape = b"dddd-dd-ddTdd:dd:ddZ";
    let fits =
        |(found, asked): (u8, &u8)| if *asked == b'd' { found.is_ascii_digit() } else { found == *asked };
    if utc.len() == shape.len() && utc.bytes().zip(shape).all(fits) {
        return Ok(());
    }
    Err(Refused::data("`made.utc` is no moment such as 2026-11-28T09:30:00Z"))
}

/// What our own templates could not do with this document, and where.
fn fault(desk: &Desk, errors: &[SourceDiagnostic]) -> Refused {
    let said = errors.iter().map(|error| {
        let id = error.span.id();
        let name = id.map(|id| id.vpath().get_without_slash().to_owned()).unwrap_or_default();
        let line = id.and_then(|id| desk.source(id).ok()).and_then(|source| {
            let range = typst::WorldExt::range(desk as &dyn World, error.span)?;
            source.lines().byte_to_line(range.start)
        });
        format!("{name}:{}: {}", line.map_or(0, |line| line + 1), error.message)
    });
    Refused::fault(said.collect::<Vec<_>>().join("; "))
}
