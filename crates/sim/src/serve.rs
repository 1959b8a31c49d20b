//! A market behind a real HTTP server on loopback.
//!
//! A thin shell: it turns requests into calls and replies into answers, and does to the
//! wire what a reply asks for. It runs in a thread of its own, so that blocking and
//! asynchronous code can use it alike, and its clock is its own.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Request, State},
    http::{HeaderMap, HeaderValue, Method as HttpMethod, StatusCode, header},
    response::{IntoResponse, Response},
};
use thiserror::Error;
use tokio::{net::TcpListener, sync::watch, time::sleep};

use crate::{
    call::{Call, Method},
    greeter::Greeter,
    market::{LogEntry, Market},
    reply::{Answer, Reply},
    wire::{Mode, Valve, Wires},
};

/// Path of the API below the server's root.
const BASE: &str = "/api/v2";
/// Most bytes of a request's body.
const MAX_BODY: usize = 1 << 20;
/// How long open connections may take to end when the server stops.
const GRACE: Duration = Duration::from_millis(500);

/// Why a market can't be served.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Only loopback is served: the token travels in the clear.
    #[error("{0} is not a loopback address; listen on 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// The address can't be listened on.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for any free one")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// No thread or runtime could be had.
    #[error("cannot start the server: {0}")]
    Start(io::Error),
}

/// The state that all requests share.
struct Shop {
    market: Mutex<Market>,
    /// None where machines don't answer.
    greeter: Option<Mutex<Greeter>>,
    opened: Instant,
    closing: watch::Receiver<bool>,
}

impl Shop {
    fn with<T>(&self, use_it: impl FnOnce(&mut Market, Duration) -> T) -> T {
        let mut market = self.market.lock().unwrap_or_else(PoisonError::into_inner);
        use_it(&mut market, self.opened.elapsed())
    }

    /// Before a client learns that a machine runs, the machine answers.
    fn handle(&self, call: &Call) -> Reply {
        self.with(|market, now| {
            let reply = market.handle(call, now);
            if let Some(greeter) = &self.greeter {
                greeter.lock().unwrap_or_else(PoisonError::into_inner).follow(market);
            }
            reply
        })
    }
}

/// A market being served. It stops when this is dropped.
pub struct Running {
    address: SocketAddr,
    shop: Arc<Shop>,
    close: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// Serves a market on a loopback address; port 0 takes any free one.
///
/// # Errors
/// Where the address is not on loopback or can't be listened on.
pub fn serve(mut market: Market, address: SocketAddr) -> Result<Running, ServeError> {
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let (listener, bound) = listen(address).map_err(|source| ServeError::Listen { address, source })?;
    let (close, closing) = watch::channel(false);
    let greeter = market.answer_in(Greeter::network(bound)).then(Mutex::default);
    let shop = Arc::new(Shop {
        greeter,
        market: Mutex::new(market),
        opened: Instant::now(),
        closing,
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Start)?;
    let served = Arc::clone(&shop);
    let thread = std::thread::Builder::new()
        .name("marketplace".to_owned())
        .spawn(move || {
            if let Err(error) = runtime.block_on(run(listener, served)) {
                tracing::error!(%error, "the marketplace stopped");
            }
            runtime.shutdown_background();
        })
        .map_err(ServeError::Start)?;
    Ok(Running {
        address: bound,
        shop,
        close,
        thread: Some(thread),
    })
}

/// Binds at once, so that the address is known and open when `serve` returns.
fn listen(address: SocketAddr) -> io::Result<(std::net::TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}

async fn run(listener: std::net::TcpListener, shop: Arc<Shop>) -> io::Result<()> {
    let wires = Wires(TcpListener::from_std(listener)?);
    let mut closing = shop.closing.clone();
    let app = Router::new()
        .fallback(answer)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(shop);
    let service = app.into_make_service_with_connect_info::<Valve>();
    let mut stopping = closing.clone();
    let server = axum::serve(wires, service).with_graceful_shutdown(async move {
        closed(&mut stopping).await;
    });
    tokio::select! {
        ended = server => ended,
        () = async { closed(&mut closing).await; sleep(GRACE).await } => Ok(()),
    }
}

/// Ends when the server shall stop.
async fn closed(closing: &mut watch::Receiver<bool>) {
    // A dropped sender means the same as a word from it.
    let _ = closing.wait_for(|closing| *closing).await;
}

async fn answer(State(shop): State<Arc<Shop>>, ConnectInfo(valve): ConnectInfo<Valve>, request: Request) -> Response {
    let call = match call_of(request).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let reply = shop.handle(&call);
    valve.set(Mode::Whole);
    match reply {
        Reply::Answer(answer) => response(answer),
        Reply::Late { after, answer } => {
            let mut closing = shop.closing.clone();
            tokio::select! {
                () = sleep(after) => response(answer),
                () = closed(&mut closing) => disconnect(&valve),
            }
        }
        Reply::NoAnswer { .. } => disconnect(&valve),
        Reply::Cut { answer, sent } => {
            valve.set(Mode::BodyUpTo(sent));
            response(answer)
        }
        Reply::Drip { answer, every } => {
            valve.set(Mode::Drip(every));
            response(answer)
        }
    }
}

fn disconnect(valve: &Valve) -> Response {
    valve.set(Mode::Closed);
    StatusCode::OK.into_response()
}

/// A request as a call; where its path is outside the API, one that no route answers to.
async fn call_of(request: Request) -> Result<Call, Response> {
    let path = request.uri().path_and_query().map_or("", |path| path.as_str());
    let path = path.strip_prefix(BASE).unwrap_or_default().to_owned();
    let method = match *request.method() {
        HttpMethod::GET => Method::Get,
        HttpMethod::POST => Method::Post,
        HttpMethod::PUT => Method::Put,
        HttpMethod::DELETE => Method::Delete,
        _ => Method::Other,
    };
    let token = bearer(request.headers());
    let body = axum::body::Bytes::from_request(request, &())
        .await
        .map_err(IntoResponse::into_response)?;
    Ok(Call {
        method,
        path,
        token,
        body: body.to_vec(),
    })
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}

fn response(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (header::HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

impl Running {
    /// The API's base URL, such as `http://127.0.0.1:40123/api/v2`.
    pub fn url(&self) -> String {
        format!("http://{}{BASE}", self.address)
    }

    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The market as it is now: its ground truth, and the hands to change it. Requests wait
    /// meanwhile.
    pub fn market<T>(&self, use_it: impl FnOnce(&mut Market) -> T) -> T {
        self.shop.with(|market, now| {
            market.advance(now);
            use_it(market)
        })
    }

    /// The calls received so far.
    pub fn log(&self) -> Vec<LogEntry> {
        self.market(|market| market.log().to_vec())
    }

    /// Stops: answers under way may end, within half a second.
    pub fn stop(mut self) {
        self.close();
    }

    fn close(&mut self) {
        // Nobody listens any more where the server has ended by itself.
        let _ = self.close.send(true);
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported there.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.close();
    }
}
