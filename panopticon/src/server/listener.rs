//! The listening socket, on TCP or a Unix socket.

use std::io::ErrorKind;
use std::net::SocketAddr;
#[cfg(unix)]
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fmt, io};

use tokio::io::{AsyncRead, AsyncWrite};
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, TcpSocket};

use super::limits;
use super::listen_address::{ListenAddress, Resolved};
#[cfg(unix)]
use super::socket_file::{self, SocketFile};

/// Where a listener listens.
#[derive(Debug, Clone)]
pub(super) enum LocalAddress {
    Tcp(SocketAddr),
    #[cfg_attr(not(unix), expect(dead_code, reason = "there are no Unix sockets"))]
    Unix(PathBuf),
}

impl fmt::Display for LocalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A connection with a client.
pub(super) trait Connection: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Connection for T {}

pub(super) type Accepted = io::Result<Pin<Box<dyn Connection>>>;

#[cfg(unix)]
type Reserved = OwnedFd;
#[cfg(not(unix))]
type Reserved = std::convert::Infallible;

pub(super) struct Listener {
    socket: Socket,
    /// Reserved file descriptors, which are released to accept connections if the process has no
    /// others left.
    reserve: Vec<Reserved>,
}

enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, SocketFile),
}

impl Listener {
    /// Binds the first address that can be bound. Must be called on a runtime with I/O.
    ///
    /// # Errors
    ///
    /// If none can be bound. The error is that of the last one, and names the address.
    pub(super) async fn bind(address: &ListenAddress) -> io::Result<Self> {
        let bound = match address.resolve() {
            Ok(Resolved::Tcp(addresses)) => bind_tcp(&addresses).map(Socket::Tcp),
            #[cfg(unix)]
            Ok(Resolved::Unix(path)) => {
                socket_file::bind(&path).await.map(|(listener, file)| Socket::Unix(listener, file))
            }
            #[cfg(not(unix))]
            Ok(Resolved::Unix(_)) => Err(io::Error::new(
                ErrorKind::Unsupported,
                "this system has no Unix sockets; write an address and a port",
            )),
            Err(error) => Err(error),
        };
        let socket = bound.map_err(|error| address.error(&error))?;
        let mut listener = Self { socket, reserve: Vec::new() };
        listener.refill_reserve();
        Ok(listener)
    }

    pub(super) fn local_address(&self) -> io::Result<LocalAddress> {
        match &self.socket {
            Socket::Tcp(listener) => listener.local_addr().map(LocalAddress::Tcp),
            #[cfg(unix)]
            Socket::Unix(_, file) => Ok(LocalAddress::Unix(file.path().to_owned())),
        }
    }

    /// Waits for a connection. If the process has no file descriptor left for it, uses a reserved
    /// one.
    pub(super) fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<Accepted> {
        let accepted = self.socket.poll_accept(context);
        let Poll::Ready(Err(error)) = &accepted else { return accepted };
        if is_of_client(error) || self.reserve.pop().is_none() {
            return accepted;
        }
        let accepted = self.socket.poll_accept(context);
        if accepted.is_pending() {
            // Without a free descriptor, Linux fails even if there is no connection.
            self.refill_reserve();
        }
        accepted
    }

    /// Reserves file descriptors, if the process has any left.
    pub(super) fn refill_reserve(&mut self) {
        #[cfg(unix)]
        while self.reserve.len() < limits::RESERVE {
            let socket = match &self.socket {
                Socket::Tcp(listener) => listener.as_fd(),
                Socket::Unix(listener, _) => listener.as_fd(),
            };
            let Ok(descriptor) = socket.try_clone_to_owned() else { return };
            self.reserve.push(descriptor);
        }
    }
}

impl Socket {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<Accepted> {
        match self {
            Self::Tcp(listener) => listener.poll_accept(context).map_ok(|(stream, _)| {
                // Answers are written in one piece. If this fails, they are only slower to arrive.
                let _ = stream.set_nodelay(true);
                Box::pin(stream) as Pin<Box<dyn Connection>>
            }),
            #[cfg(unix)]
            Self::Unix(listener, _) => listener
                .poll_accept(context)
                .map_ok(|(stream, _)| Box::pin(stream) as Pin<Box<dyn Connection>>),
        }
    }
}

/// Returns whether the client gave up before it was accepted. All other errors are the system's,
/// such as no free file descriptors or memory.
pub(super) fn is_of_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    )
}

fn bind_tcp(addresses: &[SocketAddr]) -> io::Result<TcpListener> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the name resolves to no address");
    for &address in addresses {
        let bound = || {
            let socket = match address {
                SocketAddr::V4(_) => TcpSocket::new_v4()?,
                SocketAddr::V6(_) => TcpSocket::new_v6()?,
            };
            // Only on Unix, as std and tokio do: on Windows, two processes could share the address.
            #[cfg(not(windows))]
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            socket.listen(limits::BACKLOG)
        };
        match bound() {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}
