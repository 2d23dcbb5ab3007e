import CHiredis
import Formats
import Sockets

/// One connection to a Redis server: hiredis writes and reads the protocol, the socket and TLS are ours, because the
/// hiredis of Debian 12 has no TLS and its blocking calls would occupy a thread. One command at a time.
public actor RedisConnection {
    public nonisolated let configuration: RedisConfiguration
    /// The address that answered.
    public nonisolated let address: IPAddress
    /// Connect, TLS and log-in together.
    public nonisolated let connectDuration: Duration
    /// What the server showed in the TLS handshake.
    public nonisolated let peer: TLSPeer?

    private let stream: TCPStream
    private let reader: ReplyReader
    private var isBusy = false
    private var isClosed = false

    private init(
        _ configuration: RedisConfiguration, _ stream: TCPStream, _ reader: ReplyReader, peer: TLSPeer?,
        connectDuration: Duration
    ) {
        self.configuration = configuration
        self.stream = stream
        self.reader = reader
        self.peer = peer
        self.connectDuration = connectDuration
        address = stream.address
    }

    /// Connects, negotiates TLS when configured, logs in when there is a password, and selects the database.
    public static func connect(
        _ configuration: RedisConfiguration, deadline: Duration
    ) async throws(RedisError) -> RedisConnection {
        let start = ContinuousClock.now
        let end = start.advanced(by: deadline)
        let stream: TCPStream
        var peer: TLSPeer?
        do throws(StreamError) {
            stream = try await TCPStream.connect(host: configuration.host, port: configuration.port, deadline: deadline)
            if let tls = configuration.tls {
                peer = try await stream.startTLS(tls, deadline: ContinuousClock.now.duration(to: end))
            }
        } catch {
            throw RedisError(error)
        }
        let connection = RedisConnection(
            configuration, stream, try ReplyReader(), peer: peer, connectDuration: start.duration(to: .now))
        if let password = configuration.password {
            let words = ["AUTH"] + [configuration.user, password].compactMap(\.self)
            _ = try await connection.command(words, deadline: ContinuousClock.now.duration(to: end))
        }
        if configuration.database != 0 {
            let words = ["SELECT", String(configuration.database)]
            _ = try await connection.command(words, deadline: ContinuousClock.now.duration(to: end))
        }
        return connection
    }

    /// Sends one command and waits for its answer. An error answer is thrown; after a deadline, a cancelled task or an
    /// answer over the limit the connection is closed, because the rest of the answer may still arrive.
    ///
    /// - Parameter maximumReplyBytes: how much of an answer is taken. Four bytes of it can take a hundred here.
    public func command(
        _ words: [String], maximumReplyBytes: Int = 256 << 10, deadline: Duration
    ) async throws(RedisError) -> RedisReply {
        guard !isClosed else { throw RedisError(kind: .notUsable, message: "the connection is closed") }
        guard !isBusy else {
            throw RedisError(kind: .notUsable, message: "another command is running on this connection")
        }
        guard !words.isEmpty, let bytes = ReplyReader.bytes(of: words) else {
            throw RedisError(kind: .protocol, message: "an empty command cannot be sent")
        }
        isBusy = true
        defer { isBusy = false }
        let end = ContinuousClock.now.advanced(by: deadline)
        let reply: RedisReply
        do throws(RedisError) {
            reply = try await exchange(bytes, maximumReplyBytes, until: end)
        } catch {
            await close()
            throw error
        }
        if case .error(let text) = reply { throw RedisError(answer: text) }
        return reply
    }

    /// Ends the connection. Harmless when it has ended already.
    public func close() async {
        isClosed = true
        await stream.close()
    }

    private func exchange(
        _ bytes: [UInt8], _ maximum: Int, until end: ContinuousClock.Instant
    ) async throws(RedisError) -> RedisReply {
        var received = 0
        do {
            try await stream.write(bytes, deadline: ContinuousClock.now.duration(to: end))
            while true {
                if let reply = try reader.next() { return reply }
                let more = try await stream.read(upTo: 65_536, deadline: ContinuousClock.now.duration(to: end))
                if more.isEmpty {
                    throw RedisError(kind: .connectionLost, message: "the server closed the connection")
                }
                received += more.count
                guard received <= maximum else {
                    throw RedisError(kind: .replyTooLarge, message: "the answer is longer than \(maximum) bytes")
                }
                reader.feed(more)
            }
        } catch let error as StreamError {
            throw RedisError(error)
        } catch let error as RedisError {
            throw error
        } catch {
            throw RedisError(kind: .protocol, message: "\(error)")
        }
    }
}
