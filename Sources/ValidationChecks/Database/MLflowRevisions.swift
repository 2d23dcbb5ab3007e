import MLflowClient

/// The revisions of MLflow's database schema in their order, and the one that each version of the server migrates to (the
/// files under `mlflow/store/db_migrations/versions` of 2.9.2, 2.22.5, 3.4.0 and 3.9.0).
enum MLflowRevisions {
    /// Oldest first.
    static let chain = [
        "451aebb31d03", "90e64c465722", "181f10493468", "df50e92ffc5e", "7ac759974ad8", "89d4b8295536", "2b4d017a5e9b",
        "cfd24bdc0731", "0a8213491aaa", "728d730b5ebd", "27a6a02d2cf1", "84291f40a231", "a8c4a736bde6", "39d1c3be5f05",
        "c48cb773bb87", "bd07f7e963c5", "0c779009ac13", "cc1f77228345", "97727af70f4d", "3500859a5d39", "7f2a7d5fae7d",
        "2d6e25af4d3e", "acf3f17fdcc7", "867495a8f9d4", "5b0e9adcef9c", "4465047574b1", "f5a4f2784254", "0584bdc529eb",
        "400f98739977", "6953534de441", "bda7b8c39065", "cbc13b556ace", "770bee3ae1dd", "a1b2c3d4e5f6", "de4033877273",
        "1a0cddfcaa16", "534353b11cbc", "71994744cf8e", "3da73c924c2f", "bf29a5ff90ea", "1bd49d398cd23", "b7c8d9e0f1a2",
        "5d2d30f0abce", "c9d4e5f6a7b8", "2c33131f4dae", "d3e4f5a6b7c8",
    ]

    /// Versions by minor release with the revision that they migrate to, oldest first.
    static let heads: [(version: MLflowVersion, revision: String)] = [
        (MLflowVersion(2, 9), "acf3f17fdcc7"), (MLflowVersion(2, 22), "0584bdc529eb"),
        (MLflowVersion(3, 4), "71994744cf8e"), (MLflowVersion(3, 9), "d3e4f5a6b7c8"),
    ]

    enum Judgement: Hashable {
        case fits
        /// Older than what the server works with, or none that it knows; the words say what was expected.
        case wrong(expected: String)
        /// A server newer than every known one, at a revision that is not known either.
        case unknown
    }

    /// Whether a schema is one that a server of this version works with. Between two known versions every revision from the
    /// one's to the other's fits.
    static func judge(_ revision: String, of version: MLflowVersion) -> Judgement {
        let minor = MLflowVersion(version.major, version.minor)
        let older = heads.last { $0.version <= minor }
        let newer = heads.first { $0.version >= minor }
        let expected: String =
            switch (older?.revision, newer?.revision) {
            case (let low?, let high?) where low == high: low
            case (let low?, let high?): "\(low) to \(high)"
            case (let low?, nil): "\(low) or later"
            case (nil, let high?): "\(high) or earlier"
            case (nil, nil): "one of MLflow's revisions"
            }
        guard let position = chain.firstIndex(of: revision) else {
            return newer == nil ? .unknown : .wrong(expected: expected)
        }
        let lowest = older.flatMap { chain.firstIndex(of: $0.revision) } ?? 0
        let highest = newer.flatMap { chain.firstIndex(of: $0.revision) } ?? chain.count - 1
        return (lowest...highest).contains(position) ? .fits : .wrong(expected: expected)
    }
}
