//! Connections: as many as there is room for, each with its time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
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
    /// Connections. Each holds at most a head of 16 KiB, a body of 128 KiB and an answer of some MiB.
    pub connections: usize,
    /// Of them, those of one address: whoever takes all of these leaves as many to others.
    pub each_address: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 64, each_address: 32 }
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
    let seats = Arc::new(Seats::default());
    let router = app.router();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, peer)) = listener.accept().await else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        let Some(seat) = Seats::take(&seats, peer.ip(), limits.each_address) else {
            tracing::debug!(from = %peer.ip(), "An address has its connections already");
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
            drop((place, seat));
        });
    }
}

/// Who is connected, how often.
#[derive(Default)]
struct Seats(Mutex<HashMap<IpAddr, usize>>);

/// One connection of an address; given back when dropped.
struct Seat(Arc<Seats>, IpAddr);

impl Seats {
    /// `None`: the address has so many already.
    fn take(seats: &Arc<Self>, from: IpAddr, most: usize) -> Option<Seat> {
        let mut all = seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(from).or_default();
        *taken = taken.checked_add(1).filter(|taken| *taken <= most)?;
        Some(Seat(Arc::clone(seats), from))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = all.get(&self.1).map_or(0, |taken| taken.saturating_sub(1));
        match left {
            0 => drop(all.remove(&self.1)),
            left => drop(all.insert(self.1, left)),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_leaves_places_to_others() {
        let seats = Arc::new(Seats::default());
        let [one, other]: [IpAddr; 2] = ["192.0.2.1", "192.0.2.2"].map(|at| at.parse().unwrap());
        let mut held: Vec<Seat> = (0..2).map(|_| Seats::take(&seats, one, 2).unwrap()).collect();
        assert!(Seats::take(&seats, one, 2).is_none());
        let theirs = Seats::take(&seats, other, 2);
        assert!(theirs.is_some());
        held.pop();
        held.extend(Seats::take(&seats, one, 2));
        assert_eq!(held.len(), 2);
        drop((held, theirs));
        assert!(seats.0.lock().unwrap().is_empty(), "nothing is remembered of who left");
    }
}
