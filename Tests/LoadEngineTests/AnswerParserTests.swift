import Testing

@testable import LoadEngine

struct AnswerParserTests {
    /// What became of some bytes that were given in pieces of these lengths, the last repeated.
    private struct Reading: Equatable, CustomStringConvertible {
        var status = 0
        var body: [UInt8] = []
        var ending = ""
        var keepsConnection = false
        var rest = 0

        var description: String {
            "\(status) \(ending), body \(String(decoding: body, as: UTF8.self)), kept \(keepsConnection), rest \(rest)"
        }
    }

    private func read(
        _ text: String, isHead: Bool = false, pieces: [Int] = [.max], maximumBody: Int = 1000,
        maximumHeaderBytes: Int = 2000, maximumHeaderCount: Int = 20
    ) -> Reading {
        var parser = AnswerParser(
            isHead: isHead, maximumHeaderBytes: maximumHeaderBytes, maximumHeaderCount: maximumHeaderCount)
        var reading = Reading()
        var (pending, rest, turn) = ([UInt8](), Array(text.utf8)[...], 0)
        while !rest.isEmpty {
            let piece = rest.prefix(pieces[min(turn, pieces.count - 1)])
            turn += 1
            rest = rest.dropFirst(piece.count)
            let input = pending + piece
            let (consumed, step) = input.withUnsafeBytes { bytes in
                parser.consume(bytes) { body in
                    reading.body += body
                    return reading.body.count <= maximumBody
                }
            }
            pending = Array(input[consumed...])
            reading.status = parser.status
            switch step {
            case .needsMore: continue
            case .done: (reading.ending, reading.keepsConnection) = ("done", parser.keepsConnection)
            case .failed(let problem): reading.ending = "\(problem)"
            }
            reading.rest = pending.count + rest.count
            return reading
        }
        let problem = parser.problemAtEnd(hasReceived: !text.isEmpty)
        reading.ending = problem.map { "\($0) at the end" } ?? "done at the end"
        return reading
    }

    private static let whole: [(text: String, body: String, isKept: Bool)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true),
        ("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "hello", true),
        ("HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello", "hello", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length:  5 \r\n\r\nhello", "hello", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", "hello", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nCONNECTION: x, Close\r\n\r\nhello", "hello", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", false),
        ("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello", "hello", true),
        ("HTTP/1.1 204 No Content\r\n\r\n", "", true),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", true),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            "x", true
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello", true),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n02;a=b\r\nhe\r\n003 \r\nllo\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n",
            "hello", true
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi", "hi", true),
        (
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
            "0123456789", false
        ),
        ("HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\nhi", "hi", true),
        (
            "HTTP/1.1 200 OK\r\nAccept-Ranges: x\r\nX-Seventeen-Bytes: y\r\nConnectivi: close\r\nContent-Length: 2\r\n\r\nhi",
            "hi", true
        ),
    ]

    @Test(arguments: whole) func `an answer is read whole, byte by byte and cut anywhere`(
        text: String, body: String, isKept: Bool
    ) {
        let reading = read(text)
        #expect(reading.ending == "done")
        #expect(String(decoding: reading.body, as: UTF8.self) == body)
        #expect(reading.keepsConnection == isKept)
        #expect(reading.rest == 0)
        #expect(read(text, pieces: [1]) == reading)
        for cut in 1..<text.utf8.count { #expect(read(text, pieces: [cut, .max]) == reading) }
    }

    @Test func `an answer without a length ends with its connection`() {
        let reading = read("HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello", pieces: [1])
        #expect(reading.ending == "done at the end")
        #expect(reading.body == Array("hello".utf8))
    }

    @Test func `an answer to HEAD has no body, whatever it announces`() {
        #expect(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", isHead: true).ending == "done")
        #expect(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", isHead: true).ending == "done")
        #expect(read("HTTP/1.1 200 OK\r\n\r\n", isHead: true).keepsConnection)
    }

    @Test func `what follows an answer is left, and belongs to none`() {
        #expect(read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK").rest == 15)
    }

    /// Shapes by which one answer could be made to run into the next, and plain nonsense.
    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 204 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\rTransfer-Encoding: chunked\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nG\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5x\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: nameless\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 Low\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "hello\r\n",
        "\r\n",
        "\u{16}\u{3}\u{1}\u{2}",
    ]) func `an answer that cannot be trusted is malformed, however it is cut`(text: String) {
        #expect(read(text).ending.hasPrefix("malformed"))
        #expect(read(text, pieces: [1]).ending.hasPrefix("malformed"))
    }

    @Test(arguments: [
        ("", "empty"), ("HTTP/1.1 20", "malformed"), ("HTTP/1.1 200 OK\r\nContent-Le", "malformed"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "malformed"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "truncated"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "truncated"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: 1\r\n", "truncated"),
    ]) func `a connection that ends too early is told by how far the answer had come`(text: String, ending: String) {
        #expect(read(text).ending == "\(ending) at the end")
    }

    @Test func `headers and bodies have limits, announced or not`() {
        let long = "HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 3000))"
        #expect(read(long).ending == "headersTooLarge")
        #expect(read(long, pieces: [100]).ending == "headersTooLarge")
        let many = "HTTP/1.1 200 OK\r\n" + String(repeating: "X: 1\r\n", count: 21)
        #expect(read(many).ending == "headersTooLarge")
        #expect(read(String(repeating: "HTTP/1.1 100 Go\r\n\r\n", count: 500)).ending == "headersTooLarge")
        let trailers = String(repeating: "X: 1\r\n", count: 21)
        #expect(
            read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\(trailers)\r\n").ending
                == "headersTooLarge")
        let extensionOfChunk =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;\(String(repeating: "x", count: 9000))"
        #expect(read(extensionOfChunk, pieces: [1000]).ending == "malformed")
        let body = String(repeating: "x", count: 1001)
        #expect(read("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n\(body)").ending == "bodyTooLarge")
        #expect(read("HTTP/1.1 200 OK\r\n\r\n\(body)", pieces: [100]).ending == "bodyTooLarge")
        #expect(
            read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n\(body)\r\n0\r\n\r\n").ending
                == "bodyTooLarge")
    }
}
