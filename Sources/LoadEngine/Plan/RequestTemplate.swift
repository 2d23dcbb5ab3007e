import HTTPClient

/// Fills the number of a request in for `{n}`.
enum RequestTemplate {
    static let mark = "{n}"

    static func filled(_ request: LoadRequest, number: Int) -> LoadRequest {
        var copy = request
        copy.url = filled(request.url, number)
        copy.headers = request.headers.map { HTTPHeader($0.name, filled($0.value, number)) }
        if let body = request.body, body.firstRange(of: Array(mark.utf8)) != nil {
            copy.body = Array(filled(String(decoding: body, as: UTF8.self), number).utf8)
        }
        return copy
    }

    static func varies(_ request: LoadRequest) -> Bool {
        request.url.contains(mark) || request.headers.contains { $0.value.contains(mark) }
            || request.body?.firstRange(of: Array(mark.utf8)) != nil
    }

    private static func filled(_ text: String, _ number: Int) -> String {
        text.contains(mark) ? text.replacing(mark, with: String(number)) : text
    }
}
