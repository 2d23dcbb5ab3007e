/// Objects by key, as far as the state of a run needs them. Amazon S3 in a run, memory in tests.
public protocol ObjectStore: Sendable {
    /// The object; nil when there is none.
    ///
    /// - Throws: ``ObjectStoreError``, also `damaged` for bytes that are not what was written.
    func get(_ key: String) async throws(ObjectStoreError) -> StoredObject?

    /// Writes a whole object, if the condition holds.
    ///
    /// - Throws: ``ObjectStoreError``. After one that is not an answer nobody knows whether the object was written.
    func put(_ key: String, _ bytes: [UInt8], if condition: ObjectCondition) async throws(ObjectStoreError)
        -> ObjectPut

    /// Writes a file of any size as an object. It replaces what is there.
    func upload(_ path: String, as key: String) async throws(ObjectStoreError)

    /// Reads an object of any size into a new file of this machine, for its owner alone.
    ///
    /// - Parameter limit: the most that it may have, in bytes.
    /// - Returns: the SHA-256 of what was written; nil when there is no such object.
    /// - Throws: ``ObjectStoreError``; then there is no file.
    func download(_ key: String, to path: String, atMost limit: Int64) async throws(ObjectStoreError) -> String?

    /// The keys of all objects below a prefix, in their order.
    func list(_ prefix: String) async throws(ObjectStoreError) -> [String]

    /// Removes the object; one that is not there is as good as removed.
    func delete(_ key: String) async throws(ObjectStoreError)
}

public struct StoredObject: Hashable, Sendable {
    public var bytes: [UInt8]
    /// Another one with every write of other bytes (the ETag of S3).
    public var version: String

    public init(bytes: [UInt8], version: String) {
        self.bytes = bytes
        self.version = version
    }
}

public enum ObjectCondition: Hashable, Sendable {
    case always
    case absent
    case matching(version: String)
}

/// What became of a write.
public enum ObjectPut: Hashable, Sendable {
    case written(version: String)
    /// The condition does not hold (412, or 404 where an object had to be).
    case refused
    /// Another write was under way (409): this one was not made, and whether the condition holds is not known.
    case conflict
}

/// Why a store did not do what it was asked.
public struct ObjectStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// No answer, or a failure of the service: a write may have been made or not.
        case unanswered
        /// The service refused: permission, no such bucket, credentials.
        case refused
        /// What was read is not what was written.
        case damaged
        /// There is more of it than may be read.
        case tooLarge
    }

    public var code: Code
    /// What was tried, on what, and what came.
    public var description: String

    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
