import Formats

/// Host and port as one text, by which an address in the configuration, in a symptom and in a run's header are the same.
public enum Place {
    /// `host:port` in lower case, or the host alone where no port is given, of a URL, of `user@host:port/name` or of a text
    /// that begins so; nil where there is no host.
    public static func text(of address: String) -> String? {
        var rest = address[...]
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        rest = rest.prefix { !"/?# ".contains($0) }
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        while let last = rest.last, ":.,".contains(last) { rest.removeLast() }
        return rest.isEmpty ? nil : NetworkAddress(String(rest))?.description ?? rest.lowercased()
    }
}
