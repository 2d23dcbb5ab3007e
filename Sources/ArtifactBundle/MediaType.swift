/// Media types of the files a bundle holds, by the ending of their names.
enum MediaType {
    private static let byEnding = [
        "md": "text/markdown; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "txt": "text/plain; charset=utf-8",
        "log": "text/plain; charset=utf-8",
        "csv": "text/csv; charset=utf-8",
        "json": "application/json",
        "jsonl": "application/jsonl",
        "sarif": "application/sarif+json",
        "xml": "application/xml",
        "yaml": "application/yaml",
        "sh": "application/x-sh",
        "hdr": "application/octet-stream",
        "prom": "text/plain; version=0.0.4; charset=utf-8",
        "svg": "image/svg+xml",
        "png": "image/png",
    ]

    static func of(path: String) -> String {
        guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return "application/octet-stream" }
        return byEnding[path[path.index(after: dot)...].lowercased()] ?? "application/octet-stream"
    }
}
