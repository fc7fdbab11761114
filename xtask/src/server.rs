//! A small file server on 127.0.0.1, for `serve` and for the browser tests; it knows nothing of what it serves.

use anyhow::{Result, anyhow};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use tiny_http::{Header, Method, Request, Response};

/// Browsers open up to six connections to a host.
const WORKERS: usize = 6;

/// A running server; it stops when this value goes out of scope.
pub struct Server {
    http: Arc<tiny_http::Server>,
    address: SocketAddr,
    mount: String,
    workers: Vec<std::thread::JoinHandle<()>>,
}

impl Server {
    /// Serves the folder under the path `mount` (which begins and ends with `/`); port 0 takes any free one.
    pub fn start(folder: &Path, mount: &str, port: u16) -> Result<Self> {
        let http = tiny_http::Server::http(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .map_err(|error| anyhow!("port {port} can't be listened on: {error}"))?;
        let address = http
            .server_addr()
            .to_ip()
            .ok_or_else(|| anyhow!("the server has no address"))?;
        let http = Arc::new(http);
        let workers = (0..WORKERS)
            .map(|_| {
                let (http, folder, mount) =
                    (Arc::clone(&http), folder.to_path_buf(), mount.to_owned());
                std::thread::spawn(move || {
                    while let Ok(request) = http.recv() {
                        // A browser that goes away in mid-answer is no concern of the others.
                        let _ = answer(request, &folder, &mount);
                    }
                })
            })
            .collect();
        Ok(Self {
            http,
            address,
            mount: mount.to_owned(),
            workers,
        })
    }

    /// The page's address.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.mount)
    }

    /// Serves until the program is ended.
    pub fn wait(mut self) {
        for worker in self.workers.drain(..) {
            // A worker ends only when the server does.
            let _ = worker.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for _ in &self.workers {
            self.http.unblock();
        }
    }
}

fn answer(request: Request, folder: &Path, mount: &str) -> std::io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return request.respond(Response::empty(405));
    }
    let file = file_of(request.url(), folder, mount);
    match file.and_then(|path| Some((std::fs::read(&path).ok()?, path))) {
        Some((bytes, path)) => {
            let mut response = Response::from_data(bytes);
            for (name, value) in [
                ("Content-Type", mime_type(&path)),
                ("Cache-Control", caching(&path)),
                ("X-Content-Type-Options", "nosniff"),
            ] {
                if let Ok(header) = Header::from_bytes(name, value) {
                    response.add_header(header);
                }
            }
            request.respond(response)
        }
        None => request.respond(
            Response::from_string("There is nothing at this address.\n").with_status_code(404),
        ),
    }
}

/// The file that an address means; `None` for one outside the mount or the folder.
fn file_of(url: &str, folder: &Path, mount: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix(mount)?;
    let name = if path.is_empty() { "index.html" } else { path };
    let inside = Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    // Every file of the bundle has a plain name, so there is nothing to percent-decode.
    (inside && !name.contains(['%', '\\'])).then(|| folder.join(name))
}

fn mime_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        // Without this type the browser can't compile while it downloads.
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// A file with a hash in its name (Trunk's have 16 digits, less any leading noughts) never changes; the page that names
/// it may.
fn caching(path: &Path) -> &'static str {
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let is_hash = |part: &str| {
        (10..=16).contains(&part.len()) && part.chars().all(|digit| digit.is_ascii_hexdigit())
    };
    if stem.trim_end_matches("_bg").split('-').any(is_hash) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    /// A folder that is gone when the test is over.
    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn folder(name: &str) -> Folder {
        let folder =
            std::env::temp_dir().join(format!("loadscape-server-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("index.html"), "<p>page</p>").unwrap();
        std::fs::write(folder.join("app-0123456789abcdef_bg.wasm"), "\0asm").unwrap();
        Folder(folder)
    }

    fn get(server: &Server, path: &str) -> String {
        let mut stream = std::net::TcpStream::connect(server.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn the_page_is_served_under_a_sub_path_and_nowhere_else() {
        let folder = folder("mount");
        let server = Server::start(&folder.0, "/tools/loadscape/", 0).unwrap();
        assert!(get(&server, "/tools/loadscape/").contains("<p>page</p>"));
        assert!(get(&server, "/tools/loadscape/?a=b").contains("<p>page</p>"));
        assert!(get(&server, "/").starts_with("HTTP/1.1 404"));
        assert!(server.url().ends_with("/tools/loadscape/"));
    }

    #[test]
    fn wasm_has_its_type_and_hashed_names_are_kept_for_good() {
        let folder = folder("types");
        let server = Server::start(&folder.0, "/", 0).unwrap();
        let answer = get(&server, "/app-0123456789abcdef_bg.wasm");
        assert!(
            answer.contains("application/wasm") && answer.contains("immutable"),
            "{answer}"
        );
        assert!(get(&server, "/").contains("no-cache"));
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let folder = folder("outside");
        for url in [
            "/../Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "//etc/passwd",
            "/..\\Cargo.toml",
        ] {
            assert_eq!(file_of(url, &folder.0, "/"), None, "{url}");
        }
    }
}
