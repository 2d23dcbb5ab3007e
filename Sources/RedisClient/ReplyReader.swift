import CHiredis

/// hiredis's parser: bytes in, replies out.
final class ReplyReader: @unchecked Sendable {
    /// hiredis with the limit of `shim.h` on arrays. Lives as long as the process: every reader points to it.
    private nonisolated(unsafe) static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        let pointer = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        pointer.initialize(to: redis_limited_functions())
        return pointer
    }()

    private let reader: UnsafeMutablePointer<redisReader>

    init() throws(RedisError) {
        guard let reader = redisReaderCreateWithFunctions(Self.functions) else {
            throw RedisError(kind: .protocol, message: "hiredis could not be set up")
        }
        self.reader = reader
    }

    deinit { redisReaderFree(reader) }

    func feed(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { buffer in
            redisReaderFeed(reader, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
    }

    /// The next whole reply, nil while bytes are missing.
    func next() throws(RedisError) -> RedisReply? {
        var raw: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &raw) == REDIS_OK else {
            let reason = withUnsafeBytes(of: reader.pointee.errstr) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw RedisError(kind: .protocol, message: "not an answer of Redis: \(reason)")
        }
        guard let raw else { return nil }
        defer { freeReplyObject(raw) }
        return Self.reply(raw.assumingMemoryBound(to: redisReply.self).pointee)
    }

    /// A command in the form of the wire.
    static func bytes(of words: [String]) -> [UInt8]? {
        let bytes = words.map { Array($0.utf8) }
        let lengths = bytes.map(\.count)
        let joined = bytes.flatMap { $0 }
        return joined.withUnsafeBytes { buffer -> [UInt8]? in
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = []
            for length in lengths {
                pointers.append(buffer.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) })
                offset += length
            }
            var command: UnsafeMutablePointer<CChar>?
            let count = redisFormatCommandArgv(&command, Int32(words.count), &pointers, lengths)
            guard count > 0, let command else { return nil }
            defer { redisFreeCommand(command) }
            return [UInt8](UnsafeRawBufferPointer(start: command, count: Int(count)))
        }
    }

    private static func reply(_ raw: redisReply) -> RedisReply {
        func text() -> String {
            String(decoding: UnsafeRawBufferPointer(start: raw.str, count: raw.len), as: UTF8.self)
        }
        switch raw.type {
        case REDIS_REPLY_STATUS: return .status(text())
        case REDIS_REPLY_STRING: return .string(text())
        case REDIS_REPLY_INTEGER: return .integer(raw.integer)
        case REDIS_REPLY_ERROR: return .error(text())
        case REDIS_REPLY_ARRAY:
            return .array((0..<raw.elements).map { raw.element[$0].map { reply($0.pointee) } ?? .null })
        default: return .null
        }
    }
}
