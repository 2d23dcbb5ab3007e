import HTTPClient

/// One kind of request as it goes over the wire, serialised once; only numbers are filled in for each request.
struct RequestBytes {
    private enum Piece {
        case text(Range<Int>)
        case number
        case contentLength
    }

    private var text: [UInt8] = []
    private var pieces: [Piece] = []
    /// Of the body, without what stands for `{n}`.
    private var bodyText = 0
    private var bodyNumbers = 0

    /// As libcurl writes them, so that a server cannot tell the transports apart by their fields.
    init(_ request: LoadRequest, _ target: PlainTarget, userAgent: String) {
        func isSet(_ name: String) -> Bool { request.headers.contains { HTTPHeaders.sameName($0.name, name) } }
        append("\(request.method) \(target.target) HTTP/1.1\r\n")
        if !isSet("Host") { append("Host: \(target.authority)\r\n") }
        if !isSet("User-Agent") { append("User-Agent: \(userAgent)\r\n") }
        if !isSet("Accept") { append("Accept: */*\r\n") }
        for header in request.headers { append("\(header.name): \(header.value)\r\n") }
        let body = Self.body(of: request)
        if body != nil {
            append("Content-Length: ")
            pieces.append(.contentLength)
            append("\r\n")
        }
        append("\r\n")
        guard let body else { return }
        let before = text.count
        let numbers = pieces.count
        append(body[...])
        bodyText = text.count - before
        bodyNumbers = pieces[numbers...].count { if case .number = $0 { true } else { false } }
    }

    /// Methods that are made to carry a body announce an empty one.
    private static func body(of request: LoadRequest) -> [UInt8]? {
        request.body ?? (["POST", "PUT", "PATCH"].contains(request.method) ? [] : nil)
    }

    private mutating func append(_ string: String) { append(Array(string.utf8)[...]) }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        let mark = Array(RequestTemplate.mark.utf8)
        var rest = bytes
        while let range = rest.firstRange(of: mark) {
            appendText(rest[..<range.lowerBound])
            pieces.append(.number)
            rest = rest[range.upperBound...]
        }
        appendText(rest)
    }

    private mutating func appendText(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        let start = text.count
        text += bytes
        if case .text(let range) = pieces.last, range.upperBound == start {
            pieces[pieces.count - 1] = .text(range.lowerBound..<text.count)
        } else {
            pieces.append(.text(start..<text.count))
        }
    }

    /// Whether each request has bytes of its own.
    var varies: Bool { pieces.contains { if case .number = $0 { true } else { false } } }

    /// Room that is enough for any number.
    var maximumCount: Int { text.count + pieces.count * 20 }

    /// Writes one request, and returns how long it is.
    func write(_ number: Int, to buffer: UnsafeMutablePointer<UInt8>) -> Int {
        var count = 0
        for piece in pieces {
            switch piece {
            case .text(let range):
                text.withUnsafeBufferPointer { text in
                    guard let start = text.baseAddress else { return }
                    (buffer + count).update(from: start + range.lowerBound, count: range.count)
                }
                count += range.count
            case .number: count += Decimal.write(number, to: buffer + count)
            case .contentLength:
                let length = bodyText + bodyNumbers * Decimal.digits(number)
                count += Decimal.write(length, to: buffer + count)
            }
        }
        return count
    }
}

/// Numbers as text, without a string between.
private enum Decimal {
    static func digits(_ number: Int) -> Int {
        var (rest, count) = (number / 10, 1)
        while rest > 0 { (rest, count) = (rest / 10, count + 1) }
        return count
    }

    static func write(_ number: Int, to buffer: UnsafeMutablePointer<UInt8>) -> Int {
        let count = digits(number)
        var rest = number
        for index in (0..<count).reversed() {
            buffer[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return count
    }
}
