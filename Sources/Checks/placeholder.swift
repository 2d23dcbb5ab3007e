public protocol Check: Sendable {}
public protocol CheckFamily: Sendable {}
public enum Catalogue {}
