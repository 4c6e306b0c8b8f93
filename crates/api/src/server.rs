//! Connections: as many as there is room for, each with its time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::caller::Peer;
use crate::{App, Tls};

/// How much at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections. Each holds at most a head of 16 KiB and a body of 128 KiB: 64 of them below 10 MiB.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 64 }
    }
}

/// A client says what it wants, and what it wants next, within this time.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// A connection ends after this time, whoever is on it: the places are everybody's.
const CONNECTION_MAX: Duration = Duration::from_secs(300);
/// Bytes of a request's head: a token, a key and some names are below 1 KiB.
const HEAD_MAX: usize = 16 * 1024;
/// What an accept that failed is tried again after.
const AGAIN: Duration = Duration::from_millis(100);

/// Serves until dropped.
pub async fn serve(listener: TcpListener, tls: Option<Tls>, app: App, limits: Limits) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let router = app.router();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, peer)) = listener.accept().await else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        let (router, tls) = (router.clone(), tls.clone());
        tokio::spawn(async move {
            let work = async {
                match tls {
                    None => converse(stream, router, peer.ip()).await,
                    Some(tls) => match tokio::time::timeout(HEAD_PATIENCE, tls.0.accept(stream)).await {
                        Ok(Ok(stream)) => converse(stream, router, peer.ip()).await,
                        _ => tracing::debug!("A client did not come to TLS"),
                    },
                }
            };
            if tokio::time::timeout(CONNECTION_MAX, work).await.is_err() {
                tracing::debug!("A connection was ended");
            }
            drop(place);
        });
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router, peer: IpAddr) {
    let inner = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        hyper::service::Service::call(&inner, request)
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = serving.await {
        tracing::debug!(%error, "A client went away");
    }
}
