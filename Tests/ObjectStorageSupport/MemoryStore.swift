import Formats
import Foundation
import ObjectStorage
import Synchronization

/// Objects in memory, with failures at will.
public final class MemoryStore: ObjectStore {
    public enum Failure: Sendable {
        /// The object is written, and no answer comes.
        case answerLost
        case requestLost
        case conflict
        case denied
        /// The credentials ended.
        case expired
    }

    private struct State {
        var objects: [String: (bytes: [UInt8], version: Int)] = [:]
        var versions = 0
        var failures: [(key: String, failure: Failure)] = []
        var lasting: (key: String, failure: Failure)?
        var puts: [String] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// The next write to a key that begins like this fails.
    public func fail(_ key: String, _ failure: Failure) { state.withLock { $0.failures.append((key, failure)) } }

    /// Every write to a key that begins like this fails from now on; nil ends that.
    public func failAll(_ key: String, _ failure: Failure?) {
        state.withLock { $0.lasting = failure.map { (key, $0) } }
    }

    public var keys: [String] { state.withLock { $0.objects.keys.sorted() } }
    public var puts: [String] { state.withLock { $0.puts } }

    public subscript(_ key: String) -> [UInt8]? {
        get { state.withLock { $0.objects[key]?.bytes } }
        set {
            state.withLock { state in
                state.versions += 1
                state.objects[key] = newValue.map { ($0, state.versions) }
            }
        }
    }

    public func get(_ key: String) async throws(ObjectStoreError) -> StoredObject? {
        state.withLock { state in
            state.objects[key].map { StoredObject(bytes: $0.bytes, version: "\($0.version)") }
        }
    }

    public func put(
        _ key: String, _ bytes: [UInt8], if condition: ObjectCondition
    ) async throws(ObjectStoreError) -> ObjectPut {
        let result = state.withLock { state -> Result<ObjectPut, ObjectStoreError> in
            state.puts.append(key)
            let next = state.failures.firstIndex { key.hasPrefix($0.key) }.map {
                state.failures.remove(at: $0).failure
            }
            let failure = next ?? state.lasting.flatMap { key.hasPrefix($0.key) ? $0.failure : nil }
            switch failure {
            case .requestLost: return .failure(ObjectStoreError(.unanswered, "no answer"))
            case .conflict: return .success(.conflict)
            case .denied: return .failure(ObjectStoreError(.refused, "access denied"))
            case .expired: return .failure(ObjectStoreError(.refused, "ExpiredToken"))
            case .answerLost, nil: break
            }
            let present = state.objects[key]
            switch condition {
            case .always: break
            case .absent: if present != nil { return .success(.refused) }
            case .matching(let version): if present.map({ "\($0.version)" }) != version { return .success(.refused) }
            }
            state.versions += 1
            state.objects[key] = (bytes, state.versions)
            if failure == .answerLost { return .failure(ObjectStoreError(.unanswered, "no answer")) }
            return .success(.written(version: "\(state.versions)"))
        }
        return try result.get()
    }

    public func upload(_ path: String, as key: String) async throws(ObjectStoreError) {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw ObjectStoreError(.refused, "no \(path)")
        }
        _ = try await put(key, [UInt8](data), if: .always)
    }

    public func download(
        _ key: String, to path: String, atMost limit: Int64
    ) async throws(ObjectStoreError) -> String? {
        guard let object = try await get(key) else { return nil }
        guard object.bytes.count <= limit else { throw ObjectStoreError(.tooLarge, "\(key) is too large") }
        guard FileManager.default.createFile(atPath: path, contents: Data(object.bytes)) else {
            throw ObjectStoreError(.refused, "no \(path)")
        }
        return Digest.sha256Hex(of: object.bytes)
    }

    public func list(_ prefix: String) async throws(ObjectStoreError) -> [String] {
        state.withLock { state in
            state.objects.keys.filter { $0.hasPrefix(prefix) }.sorted()
        }
    }

    public func delete(_ key: String) async throws(ObjectStoreError) {
        state.withLock { state in state.objects[key] = nil }
    }
}
