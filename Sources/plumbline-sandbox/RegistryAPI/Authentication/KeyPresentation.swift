/// How a request presents its key (contract §4.2): scheme words are case-sensitive and take exactly one space.
enum KeyPresentation {
    /// The presented key; nil when there is none or it is malformed.
    static func key(in headers: ServiceHeaders, query: String?) -> String? {
        let authorization = headers["authorization"] ?? ""
        for scheme in ["Bearer ", "ApiKey "] where authorization.hasPrefix(scheme) {
            let key = String(authorization.dropFirst(scheme.count))
            if !key.isEmpty { return key }
        }
        for key in [headers["x-api-key"], query].compactMap(\.self) where !key.isEmpty { return key }
        return nil
    }
}
