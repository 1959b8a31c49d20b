//! Connections that can be made to fail: closed without an answer, cut in the middle of a
//! body, or slow. The failures of the wire are made on the wire, below HTTP.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Sleep, sleep},
};

use crate::reply::Reply;

/// What happens to bytes on their way to the client.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Mode {
    /// They arrive.
    #[default]
    Whole,
    /// The head and this many bytes of the body arrive, then the connection closes.
    BodyUpTo(usize),
    /// Nothing arrives, and the connection closes.
    Closed,
    /// A few at a time arrive.
    Drip(Duration),
}

/// Sets the mode of one connection; a request's handler gets it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Valve(Arc<Mutex<Mode>>);

impl Valve {
    pub fn set(&self, mode: Mode) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    fn mode(&self) -> Mode {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected<IncomingStream<'_, Wires>> for Valve {
    fn connect_info(stream: IncomingStream<'_, Wires>) -> Self {
        stream.io().valve.clone()
    }
}

/// Accepts connections with a valve.
pub(crate) struct Wires(pub TcpListener);

impl Listener for Wires {
    type Io = Wire;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Wire, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (
            Wire {
                stream,
                valve: Valve::default(),
                pause: None,
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A connection with a valve.
pub(crate) struct Wire {
    stream: TcpStream,
    valve: Valve,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// Waits out the pause between two pieces of a dripping answer.
    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        Poll::Ready(())
    }

    fn poll_raw(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    /// Sends the head and what may pass of the body; what is left then finds the wire closed.
    fn poll_up_to(&mut self, cx: &mut Context<'_>, bytes: &[u8], most: usize) -> Poll<io::Result<usize>> {
        let head = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .map_or(0, |end| end + 4);
        let allowed = bytes.len().min(head + most);
        if allowed == 0 {
            self.valve.set(Mode::Closed);
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let written = std::task::ready!(self.poll_raw(cx, bytes.get(..allowed).unwrap_or(bytes)))?;
        self.valve
            .set(Mode::BodyUpTo(most.saturating_sub(written.saturating_sub(head))));
        Poll::Ready(Ok(written))
    }

    fn poll_drip(&mut self, cx: &mut Context<'_>, bytes: &[u8], every: Duration) -> Poll<io::Result<usize>> {
        std::task::ready!(self.poll_pause(cx));
        let piece = bytes.get(..Reply::DRIP_BYTES).unwrap_or(bytes);
        let written = std::task::ready!(self.poll_raw(cx, piece))?;
        self.pause = Some(Box::pin(sleep(every)));
        Poll::Ready(Ok(written))
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.valve.mode() {
            Mode::Whole => self.poll_raw(cx, bytes),
            Mode::Closed => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            Mode::BodyUpTo(most) => self.poll_up_to(cx, bytes, most),
            Mode::Drip(every) => self.poll_drip(cx, bytes, every),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
