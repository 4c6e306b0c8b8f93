//! Uploads that are held (E6), on the way from the technician: each is kept whole, the gate decides, and only then the
//! equipment sees it.

use std::collections::BTreeMap;

use bytes::Bytes;
use gate::Holding;
use session::Leg;
use transfer::{Held, Next, Status, Upload};

use super::pump::{Bridge, End, Files};
use crate::texts;

/// The held uploads of a channel: `None` where there is no room for one.
pub(crate) type Holdings = BTreeMap<u64, Option<Holding>>;

impl Bridge {
    /// Does what held uploads ask for. Nothing else of the technician's is taken meanwhile: he waits for his close.
    pub(super) async fn hold(&self, files: &Files, asked: Vec<Held>) -> Result<(), End> {
        let mut holdings = files.holdings.lock().await;
        for held in asked {
            match held {
                Held::Begun { file } => {
                    let holding = self.live.hold().await;
                    if let Err(error) = &holding {
                        tracing::error!(session = %self.live.id(), %error, "An upload cannot be held");
                        files.tap(|tap| tap.spoil(file));
                    }
                    holdings.insert(file, holding.ok());
                }
                Held::Content { file, bytes } => {
                    let Some(Some(holding)) = holdings.get_mut(&file) else { continue };
                    if let Err(error) = holding.append(bytes.into()).await {
                        tracing::error!(session = %self.live.id(), %error, "An upload cannot be held");
                        files.tap(|tap| tap.spoil(file));
                        holdings.insert(file, None);
                    }
                }
                Held::Gone { file } => drop(holdings.remove(&file)),
                Held::Whole(upload) => {
                    let holding = holdings.remove(&upload.file).flatten();
                    self.decide(files, upload, holding).await?;
                }
            }
        }
        Ok(())
    }

    async fn decide(&self, files: &Files, upload: Upload, holding: Option<Holding>) -> Result<(), End> {
        let (status, said) = match holding {
            None => (Status::FAILURE, Some(texts::not_held(&upload.path))),
            Some(holding) => match self.live.judge(self.number, &upload, &holding).await {
                Ok(()) => (self.let_go(files, &upload, &holding).await?, None),
                Err(why) => (Status::PERMISSION_DENIED, Some(why)),
            },
        };
        let sentence =
            said.as_ref().map_or_else(String::new, |text| text.in_lang(self.live.lang()).to_owned());
        files.words().extend(said);
        let _answered = files.with_answers(|tap| tap.decided(&upload, status, &sentence));
        Ok(())
    }

    /// The equipment gets it: beside its place, then into it.
    async fn let_go(&self, files: &Files, upload: &Upload, holding: &Holding) -> Result<Status, End> {
        let Ok(tag) = self.live.tag() else { return Ok(Status::FAILURE) };
        let Some(mut release) = files.tap(|tap| tap.release(upload.clone(), tag)) else {
            return Ok(Status::FAILURE);
        };
        let mut content = None;
        loop {
            let (step, next) = files.tap(|tap| tap.drive(&mut release, content.take()));
            step.reports.into_iter().for_each(|report| self.live.reported(self.number, report));
            self.live.keep_up().await?;
            for piece in step.to_server {
                self.write_far(piece).await?;
            }
            if let Some(violation) = step.end {
                return Err(End::Refused(texts::transfer_broken(&violation)));
            }
            match next {
                Next::Content { offset, length } => {
                    let read = holding.read(offset, length).await.unwrap_or_else(|error| {
                        tracing::error!(session = %self.live.id(), %error, "A held upload cannot be read");
                        Vec::new()
                    });
                    content = Some(Bytes::from(read));
                }
                Next::Wait => {
                    let _wait = self.waits.begin(Leg::Equipment);
                    files.replied.notified().await;
                }
                Next::Done(status) => return Ok(status),
            }
        }
    }
}
