/// Makes URLs fit to be shown: no user information, no values of query items that are known to carry secrets.
package enum SensitiveURL {
    private static let secretItems: Set<String> = [
        "api_key", "apikey", "key", "token", "access_token", "password", "secret", "signature", "x-amz-signature",
        "x-amz-credential", "x-amz-security-token",
    ]

    package static func shown(_ url: String) -> String {
        guard let scheme = url.range(of: "://") else { return withoutSecretItems(url) }
        let rest = url[scheme.upperBound...]
        let authorityEnd = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        return withoutSecretItems("\(url[..<scheme.upperBound])\(host)\(rest[authorityEnd...])")
    }

    private static func withoutSecretItems(_ url: String) -> String {
        guard let question = url.firstIndex(of: "?") else { return url }
        let afterQuestion = url[url.index(after: question)...]
        let queryEnd = afterQuestion.firstIndex(of: "#") ?? afterQuestion.endIndex
        let items = afterQuestion[..<queryEnd].split(separator: "&", omittingEmptySubsequences: false).map { item in
            guard let equals = item.firstIndex(of: "=") else { return String(item) }
            return secretItems.contains(item[..<equals].lowercased()) ? "\(item[..<equals])=…" : String(item)
        }
        return "\(url[...question])\(items.joined(separator: "&"))\(afterQuestion[queryEnd...])"
    }
}
