package live

const FramesPerCore = framesPerCore
